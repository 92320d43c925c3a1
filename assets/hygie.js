/* SPDX-License-Identifier: Apache-2.0 */
/* Hygie's one script. Everything works without it; it adds live search, keys, the lock over the page, and freshness. No library.
 * Server fragments are the only markup it ever parses, through the one Trusted Types policy; texts go in by textContent. */
(() => {
	"use strict";
	const doc = document, body = doc.body;
	const $ = (s, from = doc) => from.querySelector(s);
	const $$ = (s, from = doc) => [...from.querySelectorAll(s)];
	const policy = window.trustedTypes ? trustedTypes.createPolicy("hygie", { createHTML: (s) => s }) : { createHTML: (s) => s };
	const parse = (text) => new DOMParser().parseFromString(policy.createHTML(text), "text/html");
	const tell = (text) => { const at = $("#say"); if (at) at.textContent = text; };
	const own = { "X-Hygie-Fragment": "1" };
	const typing = (el) => el.matches("input:not([type=radio]):not([type=checkbox]), textarea, select");

	/* ---- lock: after idle time, on Alt+L, or when the server says so. The page and what is typed stay under an opaque dialog. ---- */
	const dialog = $("#lock"), idle = (+body.dataset.idle || 0) * 1000;
	let last = Date.now(), before = null;
	const cover = () => {
		if (!dialog || dialog.open) return;
		before = doc.activeElement;
		dialog.showModal();
		$("[name=password]", dialog).focus();
	};
	const send = (path, data) => fetch(path, { method: "POST", body: data, headers: own, redirect: "follow" });
	const csrf = () => { const d = new URLSearchParams(), f = $("[name=csrf]"); if (f) d.set("csrf", f.value); return d; };
	const lock = () => { cover(); return send("/lock", csrf()).catch(() => 0); };
	const fresh = (token) => { for (const f of $$("[name=csrf]")) f.value = token; };
	if (dialog) {
		dialog.addEventListener("cancel", (e) => e.preventDefault());
		const form = $("form", dialog), error = $("[data-error]", dialog);
		form.addEventListener("submit", async (e) => {
			e.preventDefault();
			error.textContent = "";
			try {
				const answer = await send("/unlock", new URLSearchParams(new FormData(form)));
				const page = parse(await answer.text()), token = $("[data-csrf]", page);
				if (answer.ok && token) {
					fresh(token.dataset.csrf);
					form.reset();
					last = Date.now();
					dialog.close();
					before?.focus();
					listen();
					return;
				}
				const text = $("[role=alert]:not(:empty)", page) || $("h1", page);
				error.textContent = text ? text.textContent : answer.statusText;
			} catch (x) {
				error.textContent = "…";
			}
			if (!$("[name=password]", form).value) return;
			$("[name=code]", form).value = "";
			$("[name=password]", form).select();
		});
		for (const name of ["keydown", "pointerdown", "input", "scroll"])
			addEventListener(name, () => { if (!dialog.open) last = Date.now(); }, { capture: true, passive: true });
		if (idle)
			setInterval(() => {
				const left = idle - (Date.now() - last);
				if (left <= 0 && !dialog.open) lock();
				else if (left < 120000 && dialog.dataset.soon) tell(dialog.dataset.soon);
			}, 5000);
		for (const f of $$('form[action="/lock"]'))
			f.addEventListener("submit", (e) => { e.preventDefault(); lock(); });
	}

	/* ---- passkeys: a touch instead of a code. ---- */
	const text64 = (b) => b ? btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "") : "";
	const bytes64 = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
	const type = "public-key", userVerification = "required";
	const asked = async (purpose, proof) => {
		const data = csrf();
		data.set("for", purpose);
		if (proof) data.set(...proof);
		const answer = await send("/passkey/ask", data), page = parse(await answer.text()), at = $("[data-challenge]", page);
		if (!at) throw ($("[role=alert]:not(:empty)", page) || $("h1", page)).textContent;
		return { ...at.dataset, keys: at.dataset.ids.split(" ").filter(Boolean).map((id) => ({ type, id: bytes64(id) })) };
	};
	const touch = async (purpose) => {
		const a = await asked(purpose);
		const c = await navigator.credentials.get({ publicKey: { challenge: bytes64(a.challenge), rpId: a.rp, allowCredentials: a.keys, userVerification } }), r = c.response;
		return [a.challenge, c.id, ...[r.clientDataJSON, r.authenticatorData, r.signature, r.userHandle].map(text64)].join(".");
	};
	const make = async (purpose, form) => {
		const code = $("[name=code]", form), a = await asked(purpose, !code ? null : code.value ? ["code", code.value] : ["passkey", await touch("fresh")]);
		if (code) code.value = "";
		const c = await navigator.credentials.create({ publicKey: {
			challenge: bytes64(a.challenge), rp: { id: a.rp, name: "Hygie" }, user: { id: bytes64(a.user), name: a.login, displayName: a.name },
			pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type, alg })), excludeCredentials: a.keys, authenticatorSelection: { residentKey: "required", userVerification } } });
		return [a.challenge, c.id, ...[c.response.clientDataJSON, c.response.attestationObject].map(text64)].join(".");
	};
	for (const at of window.PublicKeyCredential ? $$("[data-passkey]") : []) {
		const form = at.closest("form"), error = $(".error", at), field = $("input", at), purpose = at.dataset.passkey;
		at.hidden = false;
		$("button", at).addEventListener("click", async () => {
			error.textContent = "";
			try {
				field.value = await (field.name === "made" ? make : touch)(purpose, form);
				form.requestSubmit();
			} catch (x) {
				error.textContent = x.name ? at.dataset.failed : x;
			}
			field.value = "";
		});
	}

	/* ---- live search: the form's own POST, answered with main's content only; an older question is dropped ---- */
	for (const form of $$("form[data-live]")) {
		let timer = 0, asked = null, sent = "";
		const ask = async () => {
			const data = new URLSearchParams(new FormData(form)), key = String(data);
			if (key === sent) return;
			sent = key;
			asked?.abort();
			asked = new AbortController();
			try {
				const answer = await fetch(form.action, { method: "POST", body: data, headers: own, signal: asked.signal });
				if (answer.status === 401) return cover();
				const part = parse(await answer.text()).getElementById(form.dataset.live), at = doc.getElementById(form.dataset.live);
				if (part && at) {
					at.replaceChildren(...part.childNodes);
					tell($(".state, .empty, .faults h2", at)?.textContent || "");
				}
			} catch (x) { if (x.name !== "AbortError") sent = ""; }
		};
		form.addEventListener("input", () => {
			clearTimeout(timer);
			const text = $("input:not([type=hidden])", form).value;
			if (form.id === "search" ? text.replace(/\D/g, "").length >= 6 : text.trim().length > 2) timer = setTimeout(ask, form.dataset.wait || 250);
		});
	}

	/* ---- keys: what carries data-key answers to it; digits by place on the keyboard (AZERTY); single keys can be switched off ---- */
	const off = () => { try { return localStorage.getItem("hygie-keys") === "off"; } catch (x) { return false; } };
	const go = (el) => {
		if (!el) return false;
		if (typing(el)) { el.focus(); el.select?.(); } else if (el.matches("input")) { el.checked = true; ($("[aria-required]", el.form) || el).focus(); } else el.click();
		return true;
	};
	let first = "", since = 0;
	const rows = (step) => {
		const all = $$("[data-row], tbody [data-key=e]");
		if (!all.length) return false;
		const here = doc.activeElement.closest("tr"), at = all.findIndex((el) => el.closest("tr") === here), next = all[Math.max(0, Math.min(all.length - 1, at + step))];
		next.focus();
		next.scrollIntoView({ block: "nearest" });
		return true;
	};
	const byKey = (name) => $$("[data-key]").find((el) => el.dataset.key === name && !el.closest("dialog"));
	/* A scanner types faster than a hand. Where a list takes a wristband, single keys are held back for an instant: those of a scan go into its field together, any others are keys as ever. */
	const scan = $("[data-scan]"), HELD_MS = 60;
	let held = [], release = 0;
	const letGo = () => { clearTimeout(release); const keys = held; held = []; for (const key of keys) press(key); };
	doc.addEventListener("keydown", (e) => {
		const single = scan && !(dialog && dialog.open) && !typing(e.target) && !e.ctrlKey && !e.altKey && !e.metaKey;
		if (single && e.key.length === 1 && e.key !== " ") {
			e.preventDefault();
			held.push(e);
			clearTimeout(release);
			release = setTimeout(letGo, HELD_MS);
		} else if (single && e.key === "Enter" && held.length > 3) {
			e.preventDefault();
			clearTimeout(release);
			scan.value = held.map((key) => key.key).join("");
			held = [];
			scan.form.requestSubmit();
		} else if (e.key !== "Shift") {
			letGo();
			press(e);
		}
	});
	const press = (e) => {
		if (dialog && dialog.open) return;
		const target = e.target, plain = !e.ctrlKey && !e.altKey && !e.metaKey;
		const done = (did) => { if (did) e.preventDefault(); return did; };
		if (/^F\d+$/.test(e.key)) return done(plain && go(byKey(e.key)));
		if (e.ctrlKey && e.key === "Enter") {
			const form = target.closest("form") || $("main form.sheet");
			if (form) { e.preventDefault(); form.requestSubmit(); }
			return;
		}
		if (e.altKey && /^Key[A-Z]$/.test(e.code)) return done(go(byKey("Alt+" + e.key.toUpperCase())) || (e.code === "KeyP" && (print(), true)));
		if (e.key === "Escape" && typing(target)) return target.blur();
		/* The scanner ends with Enter: first the wristband, then the box. */
		if (e.key === "Enter" && target.matches("[data-step]")) {
			const steps = $$("[data-step]", target.form), next = steps[steps.indexOf(target) + 1];
			if (next && !next.value) { e.preventDefault(); return next.focus(); }
		}
		/* Enter sends small forms only: in a long one it would send half of it. */
		if (e.key === "Enter" && target.matches("form.sheet:not(.narrow):not(.row) input:not([type=submit],[data-scan])")) return e.preventDefault();
		if (!plain || typing(target) || off()) return;
		const digit = /^(?:Digit|Numpad)([1-9])$/.exec(e.code);
		if (digit) return done(go($(`main [data-digit="${digit[1]}"]`) || $(`[data-digit="${digit[1]}"]`)));
		const key = e.key.toLowerCase(), now = Date.now();
		if (first && now - since < 1500 && byKey(first + " " + key)) { const el = byKey(first + " " + key); first = ""; return done(go(el)); }
		first = key; since = now;
		if (key === "j" || e.key === "ArrowDown" && target.matches("[data-row]")) return done(rows(1));
		if (key === "k" || e.key === "ArrowUp" && target.matches("[data-row]")) return done(rows(-1));
		if (key === "o" && target.matches("[data-row]")) return done(go(target));
		if (key === "e") { const row = target.closest("tr"); return done(row ? !e.repeat && go($("[data-key=e]", row)) : rows(1)); }
		if (e.key === "?") return done(go(byKey("F1")));
		done(!e.shiftKey && go(byKey(key)));
	};
	for (const at of $$("[data-keys-switch]")) {
		const show = () => { at.hidden = false; at.setAttribute("aria-pressed", String(off())); };
		at.addEventListener("click", () => { try { localStorage.setItem("hygie-keys", off() ? "on" : "off"); } catch (x) { return; } show(); });
		show();
	}

	/* ---- live: what this page shows changed: it is read again, and what differs takes its place. What somebody types in, or has opened, stays. ---- */
	const main = $("main[data-live]"), kept = "details[open], [data-typed], :focus";
	doc.addEventListener("input", (e) => e.target.dataset.typed = 1);
	const keeps = (n) => n.nodeType === 1 && (n.matches(kept) || $(kept, n));
	/* Children that are the same at both ends stay; of those between, what is keeps is gone into as long as both sides have as many, and else waits. */
	const put = (a, b) => {
		const x = [...a.childNodes], y = [...b.childNodes], same = (i) => x.length && y.length && x.at(i).isEqualNode(y.at(i));
		let end = null;
		while (same(0)) { x.shift(); y.shift(); }
		while (same(-1)) { end = x.pop(); y.pop(); }
		if (!x.some(keeps)) {
			x.forEach((n) => n.remove());
			y.forEach((n) => a.insertBefore(n, end));
		} else if (x.length !== y.length) due = true;
		else x.forEach((n, i) => {
			if (!keeps(n)) n.replaceWith(y[i]);
			else if (n.matches("form, details, [data-typed], :focus")) due = true;
			else put(n, y[i]);
		});
	};
	let stream, due, loaded = Date.now();
	const read = async () => {
		due = false;
		const answer = await fetch(location.href, { headers: { "X-Hygie-Fragment": "live" } });
		if (!answer.ok) return;
		put(main, parse(await answer.text()).body);
		loaded = Date.now();
		tell(main.dataset.changed);
	};
	const listen = () => {
		stream?.close();
		if (!main || doc.hidden) return;
		stream = new EventSource(main.dataset.live);
		stream.onmessage = read;
	};
	listen();
	doc.addEventListener("visibilitychange", listen);
	doc.addEventListener("focusout", () => setTimeout(() => due && read(), 300));

	/* ---- a bed is changed by dragging too: the menu's own form is filled in and waits to be sent ---- */
	let drag;
	const drop = (e) => {
		const bed = drag && e.target.closest("[data-bed]");
		if (bed) e.preventDefault();
		if (!bed || e.type !== "drop") return;
		drag.closest("details").open = true;
		drag.elements.place.value = bed.dataset.bed;
		$("button", drag).focus();
	};
	doc.addEventListener("dragstart", (e) => drag = $("form", e.target.closest("[draggable]")));
	doc.addEventListener("dragover", drop);
	doc.addEventListener("drop", drop);

	/* ---- small things: one sending only, focus on what went wrong, how old a list is ---- */
	doc.addEventListener("submit", (e) => {
		const form = e.target;
		if (e.defaultPrevented) return;
		if (form.dataset.sent) return e.preventDefault();
		form.dataset.sent = "1";
		setTimeout(() => delete form.dataset.sent, 4000);
	});
	const wrong = $("[data-focus]");
	if (wrong) wrong.focus();
	else if (doc.activeElement.type === "text") doc.activeElement.setSelectionRange(999, 999);
	if (new URLSearchParams(location.search).has("print")) print();
	setInterval(() => {
		const min = Math.floor((Date.now() - loaded) / 60000);
		if (min) for (const at of $$("[data-fresh]")) { at.dataset.text = at.dataset.text || at.textContent; at.textContent = at.dataset.text + " (+" + min + " min)"; }
	}, 30000);
})();
