"""As much of a browser as a sign-in takes."""

import html.parser
import http.client
import http.cookies
import socket
import ssl
import urllib.parse


class Browser:
    """Keeps cookies, follows no redirect, and reaches every host at one address."""

    def __init__(self, proxy: str, own_address: str, certificate: str) -> None:
        self.proxy, self.own_address = proxy, own_address
        self.tls = ssl.create_default_context(cafile=certificate)
        self.cookies: dict[str, str] = {}

    def request(self, method: str, address: str, fields: dict[str, str] | None = None, navigate: bool = True):
        """The status, the headers and the body."""
        url = urllib.parse.urlsplit(address)
        plain = socket.create_connection((self.proxy, 443), timeout=30, source_address=(self.own_address, 0))
        connection = http.client.HTTPSConnection(url.hostname)
        connection.sock = self.tls.wrap_socket(plain, server_hostname=url.hostname)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        if navigate:
            headers |= {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document",
                        "Sec-Fetch-Site": "same-origin"}
        body = None
        if fields is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{url.hostname}"}
            body = urllib.parse.urlencode(fields)
        connection.request(method, f"{url.path or '/'}{'?' + url.query if url.query else ''}", body, headers)
        response = connection.getresponse()
        for line in response.headers.get_all("Set-Cookie", []):
            for name, morsel in http.cookies.SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        page = response.read().decode()
        connection.close()
        return response.status, response.headers, page


class Forms(html.parser.HTMLParser):
    """The hidden fields of each form of a page, by the path that it posts to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, dict[str, str]] = {}
        self.current: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        said = dict(attrs)
        if tag == "form":
            self.current = self.fields.setdefault(said.get("action", ""), {})
        elif tag == "input" and said.get("type") == "hidden":
            self.current[said["name"]] = said.get("value") or ""
