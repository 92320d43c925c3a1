# SPDX-License-Identifier: Apache-2.0
"""A browser that looks at a server: headless Chromium through WebDriver, with or without script, at any zoom, in either theme.

    with Browser(server) as b: b.sign_in(server.account("nurse"))
Never as root but by mistake: then, and where the machine allows no sandbox (HYGIE_NO_SANDBOX), Chromium gets --no-sandbox.
"""
import os
import shutil
import tempfile
import time

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.common.virtual_authenticator import VirtualAuthenticatorOptions
from selenium.webdriver.support.ui import WebDriverWait

from hygie_server import Person, fresh_code

QUIET = ["--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--disable-extensions", "--disable-features=PreloadTopChromeWebUI,Translate,MediaRouter,OptimizationHints", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb"]


def chromium():
    """Both programs, or a loud skip."""
    found = shutil.which("chromium"), shutil.which("chromedriver")
    if not all(found):
        print("SKIPPED: chromium and chromium-driver are not installed")
        pytest.skip("chromium and chromium-driver are not installed")
    return found


def is_gone(element):
    """Its page was left. In the moment between two pages the driver says so in several ways, not only by StaleElementReferenceException."""
    try:
        element.is_enabled()
        return False
    except WebDriverException:
        return True


class Browser:
    def __init__(self, server, script=True, size=(1366, 768), zoom=1.0, lang="fr", dark=False, host=None):
        program, driver = chromium()
        options = webdriver.ChromeOptions()
        options.binary_location = program
        self.profile = tempfile.mkdtemp(prefix="hygie-chromium-")
        for flag in QUIET + [f"--user-data-dir={self.profile}", f"--window-size={size[0]},{size[1]}", f"--lang={lang}"]:
            options.add_argument(flag)
        if os.geteuid() == 0 or os.environ.get("HYGIE_NO_SANDBOX"):
            options.add_argument("--no-sandbox")
        options.set_capability("acceptInsecureCerts", True)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        prefs = {"intl.accept_languages": lang}
        if not script:
            prefs["profile.managed_default_content_settings.javascript"] = 2
        options.add_experimental_option("prefs", prefs)
        self.driver = webdriver.Chrome(service=Service(driver), options=options)
        self.driver.set_page_load_timeout(20)
        self.size, self.script, self.host = size, script, host
        self.metrics = {"width": round(size[0] / zoom), "height": round(size[1] / zoom), "deviceScaleFactor": zoom, "mobile": False}
        self.features = [{"name": "prefers-color-scheme", "value": "dark"}] if dark else []
        self.look_at(server)

    def look_at(self, server):
        """As a browser that was just started."""
        self.server, self.url = server, f"https://{self.host}:{server.port}" if self.host else server.url
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", self.metrics)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": self.features})
        return self

    def forget(self):
        """All that it saw: so that another test may have it, which costs a hundredth of a start."""
        for handle in self.driver.window_handles[1:]:
            self.driver.switch_to.window(handle)
            self.driver.close()
        self.driver.switch_to.window(self.driver.window_handles[0])
        self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": self.url, "storageTypes": "all"})
        self.driver.get("about:blank")
        for what in ("Network.clearBrowserCookies", "Network.clearBrowserCache"):
            self.driver.execute_cdp_cmd(what, {})
        self.driver.get_log("browser")

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    # ---- looking ----
    def get(self, path):
        self.driver.get(self.url + path)
        return self

    @property
    def path(self):
        return self.driver.current_url[len(self.url):]

    @property
    def text(self):
        """What the page says. Between two pages nothing is said yet: then the next one is waited for, five seconds at most."""
        text, until = "", time.monotonic() + 5
        while not text and time.monotonic() < until:
            try:
                text = self.driver.find_element(By.TAG_NAME, "body").text
            except WebDriverException:
                time.sleep(0.02)
        return text.replace("\u202f", " ").replace("\u00a0", " ").replace("’", "'")

    @property
    def title(self):
        return self.driver.title

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def one(self, css, timeout=5):
        return WebDriverWait(self.driver, timeout, ignored_exceptions=[WebDriverException]).until(lambda d: d.find_element(By.CSS_SELECTOR, css), message=f"no {css} on {self.path}")

    def until(self, what, timeout=6, told=""):
        WebDriverWait(self.driver, timeout, ignored_exceptions=[WebDriverException]).until(lambda d: what(), message=told or f"on {self.path}")
        return self

    def link(self, words):
        for a in self.all("main a, .rail a, .top a"):
            if words in a.text:
                return a
        raise AssertionError(f"no link « {words} » on {self.path}")

    def press(self, *keys):
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()
        return self

    def chord(self, modifier, key):
        webdriver.ActionChains(self.driver).key_down(modifier).send_keys(key).key_up(modifier).perform()
        return self

    def submit(self, form="main form.sheet"):
        """Send a form by its own button and wait until its page is left. By Enter on it: a click at the rim of the window would meet the strip that lies there."""
        button = self.one(f"{form} button[type=submit]")
        button.send_keys(Keys.ENTER)
        WebDriverWait(self.driver, 15).until(lambda _: is_gone(button), message=f"{form} did not leave {self.path}")
        return self

    def complaints(self):
        """What the browser's console says is wrong: a broken policy, a script error."""
        return [e["message"] for e in self.driver.get_log("browser") if e["level"] == "SEVERE" and "status of 40" not in e["message"] and "status of 42" not in e["message"]]

    def shot(self, name):
        """A picture for whoever wants to look: HYGIE_SHOTS names the folder, and without it nothing is made."""
        folder = os.environ.get("HYGIE_SHOTS")
        if folder:
            os.makedirs(folder, exist_ok=True)
            self.save(f"{folder}/{name}.png")
        return self

    def save(self, path):
        self.driver.save_screenshot(path)
        return self

    # ---- doing ----
    def code(self, account):
        return fresh_code(account, str(self.server.dir))

    def take(self, token):
        """Goes on in a session that is open already, on the first page of its person."""
        self.driver.execute_cdp_cmd("Network.setCookie", {"url": self.url, "name": "__Host-hygie", "value": token, "path": "/", "secure": True, "httpOnly": True, "sameSite": "Strict"})
        return self.get("/")

    def sign_in(self, account):
        """Without the form and, where this person was here before, without a new code (Person.come). The form is for type_in."""
        return self.take(Person(self.server, account).come().token)

    def type_in(self, account):
        """Twice at most: a code taken at the end of its time may be old when it arrives."""
        self.get("/sign-in")
        for _ in range(2):
            for name, value in (("login", account["login"]), ("password", account["password"]), ("code", self.code(account))):
                self.one(f"#sign-in [name={name}]").clear()
                self.one(f"#sign-in [name={name}]").send_keys(value)
            self.submit("#sign-in")
            self.until(lambda: "/sign-in" not in self.path or self.all("[role=alert]"), timeout=15)
            if not self.all("#sign-in"):
                return self
        raise AssertionError(self.text)


# ---- a browser with a passkey ----

def with_key(open_browser):
    """A browser on this machine's name, with a passkey provider whose owner says yes."""
    b = open_browser(host="localhost")
    options = VirtualAuthenticatorOptions()
    options.protocol, options.transport = "ctap2", "internal"
    options.has_resident_key = options.has_user_verification = options.is_user_verified = options.is_user_consenting = True
    b.driver.add_virtual_authenticator(options)
    return b


def use_key(b, form):
    button = b.one(f"{form} [data-passkey] button")
    b.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()


def add_key(b, account, label):
    b.get("/keys")
    b.one("#add-key [name=label]").send_keys(label)
    b.one("#add-key [name=code]").clear()  # a demonstration fills it in
    b.one("#add-key [name=code]").send_keys(b.code(account))
    use_key(b, "#add-key")
    b.until(lambda: b.path == "/keys" and label in [i.get_attribute("value") for i in b.all("main table [name=label]")], told="the key is in the list")


def in_by_key(b, account, label="Badge"):
    """Who is signed in by a code adds a key and comes in by it: what gives rights is done so only."""
    add_key(b, account, label)
    b.driver.delete_all_cookies()
    b.get("/sign-in")
    use_key(b, "#sign-in")
    b.until(lambda: "/sign-in" not in b.path, timeout=10)


def press_key(b, form):
    """Sends a form by the key where a code could stand, and waits until its page is left: a code opens once in thirty seconds."""
    button = b.one(f"{form} [data-passkey] button")
    use_key(b, form)
    b.until(lambda: is_gone(button), timeout=15, told=f"{form} did not leave {b.path}")


__all__ = ["Browser", "By", "Keys", "add_key", "chromium", "in_by_key", "press_key", "use_key", "with_key"]
