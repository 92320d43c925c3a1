/* SPDX-License-Identifier: Apache-2.0 */
/* worker/fonts.c: see draw.h. The machine's font settings are not read: a paper looks the same whatever is installed beside these. Start at fonts_open. */
#include "worker/draw.h"

#include <fontconfig/fontconfig.h>
#include <pango/pangofc-fontmap.h>
#include <stdio.h>

static PangoFontMap *map;

static bool
add(FcConfig *config, const char *folder, const char *name)
{
	char path[600];

	return snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path && FcConfigAppFontAddFile(config, (const FcChar8 *)path);
}

static cairo_status_t
forget(void *ctx, const unsigned char *bytes, unsigned n)
{
	(void)ctx, (void)bytes, (void)n;
	return CAIRO_STATUS_SUCCESS;
}

/* Letters of each script and face once to a page that goes nowhere: what a library reads when it first meets them is read by then. */
static bool
warm(void)
{
	static const char *const TEXTS[] = { "Éloïse 0123 €", "<b>Éloïse</b>", "Ελένη Жанна", "فاطمة", "חנה", "नाम 名" };
	cairo_surface_t *s = cairo_pdf_surface_create_for_stream(forget, NULL, 500, 500);
	cairo_t *cr = cairo_create(s);

	for (unsigned lang = 0; lang < 2; lang++) {
		PangoContext *context = fonts_context(lang ? "fr" : "en");
		for (unsigned i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
			PangoLayout *l = pango_layout_new(context);
			pango_layout_set_markup(l, TEXTS[i], -1);
			pango_cairo_show_layout(cr, l);
			g_object_unref(l);
		}
		g_object_unref(context);
	}
	cairo_show_page(cr);
	cairo_destroy(cr);
	cairo_surface_finish(s);
	bool good = cairo_surface_status(s) == CAIRO_STATUS_SUCCESS;
	cairo_surface_destroy(s);
	return good;
}

bool
fonts_open(const char *folder)
{
	FcConfig *config = FcConfigCreate();

	if (config == NULL || !add(config, folder, "DejaVuSans.ttf") || !add(config, folder, "DejaVuSans-Bold.ttf"))
		return false;
	FcConfigSetCurrent(config); /* else the machine's would be read */
	map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
	if (map == NULL)
		return false;
	pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(map), config);
	pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(map), 72);
	return warm();
}

PangoContext *
fonts_context(const char *lang)
{
	PangoContext *context = pango_font_map_create_context(map);
	PangoFontDescription *font = pango_font_description_from_string("DejaVu Sans 10");
	cairo_font_options_t *options = cairo_font_options_create();

	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(context, options);
	cairo_font_options_destroy(options);
	pango_context_set_font_description(context, font);
	pango_font_description_free(font);
	pango_context_set_language(context, pango_language_from_string(lang));
	pango_context_set_round_glyph_positions(context, false);
	return context;
}
