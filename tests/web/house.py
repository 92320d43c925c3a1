# SPDX-License-Identifier: Apache-2.0
"""A demonstration server of its own for the browser tests, and browsers that look at it.

House: makes a demo base in a temporary directory with the built binary and serves it; who() gives an account by role and signs codes.
Browser: headless Chromium through WebDriver, with or without script, at any zoom. Nothing here runs as root but by mistake: then Chromium gets --no-sandbox.
"""
import base64
import glob
import hashlib
import hmac
import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.request
import ssl

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QUIET = ["--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb"]


def binary():
    """HYGIE_BIN, else the newest built one."""
    if os.environ.get("HYGIE_BIN"):
        return os.environ["HYGIE_BIN"]
    built = glob.glob(os.path.join(ROOT, "b", "*", "src", "cli", "hygie"))
    return max(built, key=os.path.getmtime) if built else None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def totp(secret, at):
    """The six figures of a moment (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    i = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[i:i + 4])[0] & 0x7fffffff) % 1000000:06d}"


class House:
    def __init__(self, patients=1500):
        self.dir = tempfile.mkdtemp(prefix="hygie-web-")
        self.demo = os.path.join(self.dir, "demo")
        self.bin = binary()
        subprocess.run([self.bin, "demo", "--dir", self.demo, "--patients", str(patients), "--data", os.path.join(ROOT, "data")], check=True, stdout=subprocess.DEVNULL)
        self.port, self.http_port = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.log = open(os.path.join(self.dir, "log"), "wb")
        self.server = subprocess.Popen([self.bin, "serve", "--dir", self.demo, "--port", str(self.port), "--http-port", str(self.http_port)], stdout=self.log, stderr=self.log)
        self.wait()
        with open(os.path.join(self.demo, "demo.json"), encoding="utf-8") as f:
            told = json.load(f)
        self.accounts, self.machine = told["accounts"], told["machine"]["token"]
        self.used = {}

    def wait(self):
        context = ssl._create_unverified_context()
        for _ in range(200):
            try:
                urllib.request.urlopen(self.url + "/livez", timeout=1, context=context)
                return
            except OSError:
                if self.server.poll() is not None:
                    break
                time.sleep(0.05)
        raise RuntimeError("the server does not answer: " + open(os.path.join(self.dir, "log"), encoding="utf-8", errors="replace").read()[-800:])

    def close(self):
        self.server.terminate()
        try:
            self.server.wait(10)
        except subprocess.TimeoutExpired:
            self.server.kill()
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def who(self, role, n=0):
        return [a for a in self.accounts if a["role"] == role][n]

    def code(self, account):
        """A code that was not used yet: each opens once, and the ones before and after the present are accepted too."""
        step = max(int(time.time()) // 30 - 1, self.used.get(account["login"], 0) + 1)
        while step > int(time.time()) // 30 + 1:
            time.sleep(0.5)
        self.used[account["login"]] = step
        return totp(account["totp_secret"], step * 30)

    def fhir(self, query):
        """A FHIR read with the machine's token: to know whom to look for."""
        request = urllib.request.Request(f"{self.url}/fhir/{query}", headers={"Authorization": "Bearer " + self.machine})
        return json.load(urllib.request.urlopen(request, context=ssl._create_unverified_context()))


class Browser:
    def __init__(self, house, script=True, size=(1366, 768), zoom=1.0, lang="fr", dark=False):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
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
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.driver.set_page_load_timeout(20)
        self.house, self.size, self.script = house, size, script
        metrics = {"width": round(size[0] / zoom), "height": round(size[1] / zoom), "deviceScaleFactor": zoom, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        if dark:
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    # ---- looking ----
    def get(self, path):
        self.driver.get(self.house.url + path)
        return self

    @property
    def path(self):
        return self.driver.current_url[len(self.house.url):]

    @property
    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text.replace("\u202f", " ").replace("\u00a0", " ").replace("’", "'")

    @property
    def title(self):
        return self.driver.title

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def one(self, css, timeout=5):
        WebDriverWait(self.driver, timeout).until(lambda d: d.find_elements(By.CSS_SELECTOR, css), message=f"no {css} on {self.path}")
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def until(self, what, timeout=6, told=""):
        WebDriverWait(self.driver, timeout).until(lambda d: what(), message=told or f"on {self.path}")
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
        """Send a form by its own button, as a hand would."""
        self.one(f"{form} button[type=submit]").click()
        return self

    def complaints(self):
        """What the browser's console says is wrong: a broken policy, a script error."""
        return [e["message"] for e in self.driver.get_log("browser") if e["level"] == "SEVERE" and "status of 40" not in e["message"] and "status of 42" not in e["message"]]

    def shot(self, path):
        self.driver.save_screenshot(path)
        return self

    # ---- doing ----
    def sign_in(self, account):
        self.get("/sign-in")
        self.one("#sign-in-login").clear()
        self.one("#sign-in-login").send_keys(account["login"])
        self.one("[name=password]").send_keys(account["password"])
        self.one("[name=code]").send_keys(self.house.code(account))
        self.submit("#sign-in")
        self.until(lambda: "/sign-in" not in self.path or self.all("[role=alert]"))
        assert not self.all("#sign-in"), self.text
        return self


__all__ = ["House", "Browser", "By", "Keys", "totp"]
