//! The rules for addresses in the settings.

use std::net::IpAddr;

use url::Url;

use super::key::UrlRule;

/// `text` as an address that obeys `rule`, normalised; or the broken rule, to be read after the key.
pub(super) fn parse(text: &str, rule: UrlRule) -> Result<Url, String> {
    if text.chars().any(char::is_whitespace) {
        return Err("has a blank in it".to_owned());
    }
    if rule == UrlRule::Link && (text.starts_with("mailto:") || text.starts_with("tel:")) {
        return Url::parse(text).map_err(|_| malformed());
    }
    if !text.contains("://") {
        return Err("has no scheme: it must start with https://".to_owned());
    }
    let url = Url::parse(text).map_err(|_| malformed())?;
    check_authority(&url)?;
    match rule {
        UrlRule::Base => base(encrypted(url)?),
        UrlRule::Org => org(encrypted(url)?),
        UrlRule::Page | UrlRule::Link => encrypted(url),
        UrlRule::UpstreamSetting => upstream(url),
        UrlRule::Logout => logout(url),
        UrlRule::Collector => collector(url),
    }
}

/// The address that was probably meant by one that breaks `rule`; `None` if no small change mends it.
pub(super) fn corrected(text: &str, rule: UrlRule) -> Option<String> {
    let text: String = text.split_whitespace().collect();
    let with_scheme = if text.contains("://") {
        text
    } else {
        format!("https://{text}")
    };
    let mut url = Url::parse(&with_scheme).ok()?;
    let scheme = if rule == UrlRule::UpstreamSetting || (rule == UrlRule::Collector && url.scheme() == "http") {
        "http"
    } else {
        "https"
    };
    let is_plain_loopback = url.scheme() == "http" && url.host_str().is_some_and(is_loopback);
    if !is_plain_loopback {
        url.set_scheme(scheme).ok()?;
    }
    if rule != UrlRule::Page && rule != UrlRule::Link {
        url.set_query(None);
        url.set_fragment(None);
    }
    if rule == UrlRule::UpstreamSetting || rule == UrlRule::Org {
        url.set_path("");
    }
    if rule == UrlRule::Org {
        let host = url.host_str()?.replacen("-admin.", ".", 1);
        url.set_host(Some(&host)).ok()?;
    }
    let url = parse(url.as_str(), rule).ok()?;
    let text = url.as_str();
    Some(
        if url.path() == "/" {
            text.trim_end_matches('/')
        } else {
            text
        }
        .to_owned(),
    )
}

/// `localhost`, names under it, and loopback addresses.
pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback())
}

fn malformed() -> String {
    "is not an address".to_owned()
}

fn check_authority(url: &Url) -> Result<(), String> {
    if url.host_str().is_none_or(str::is_empty) {
        return Err(malformed());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or password".to_owned());
    }
    Ok(())
}

/// https, or http to this machine.
fn encrypted(url: Url) -> Result<Url, String> {
    let rule = match url.scheme() {
        "http" if !url.host_str().is_some_and(is_loopback) => {
            "must be https: plain http is only for a loopback host such as localhost"
        }
        "http" | "https" => return Ok(url),
        _ => "must be https",
    };
    Err(rule.to_owned())
}

fn without_tail(url: &Url) -> Result<(), String> {
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must end with the path: no ? and no #".to_owned());
    }
    Ok(())
}

fn upstream(url: Url) -> Result<Url, String> {
    let has_more = url.path() != "/" || url.query().is_some() || url.fragment().is_some();
    let rule = match url.scheme() {
        "https" => {
            "is https, and requests are forwarded over plain http only: run what terminates TLS beside the portal"
        }
        "http" if has_more => "must end with the host or port: requests keep the path that they came with",
        "http" => return Ok(url),
        _ => "must be http",
    };
    Err(rule.to_owned())
}

/// The token is no secret to the inner network: it tells that a session has ended.
fn logout(url: Url) -> Result<Url, String> {
    if url.fragment().is_some() {
        return Err("has a #, which no portal is sent".to_owned());
    }
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err("must be https, or http on the inner network".to_owned()),
    }
}

fn collector(url: Url) -> Result<Url, String> {
    match url.scheme() {
        "http" | "https" => base(url),
        _ => Err("must be http or https: spans are sent as OTLP over HTTP".to_owned()),
    }
}

/// The path becomes part of every route, so it is kept plain and loses its trailing slash.
fn base(mut url: Url) -> Result<Url, String> {
    without_tail(&url)?;
    let path = url.path().trim_end_matches('/').to_owned();
    if path.contains("//") || !path.chars().all(|c| c.is_ascii_alphanumeric() || "/-._~".contains(c)) {
        return Err("may hold only letters, digits and - . _ ~ in its path".to_owned());
    }
    url.set_path(&path);
    Ok(url)
}

fn org(url: Url) -> Result<Url, String> {
    without_tail(&url)?;
    let host = url.host_str().unwrap_or_default();
    let rule = if host.split('.').next().is_some_and(|label| label.ends_with("-admin")) && host.contains(".okta") {
        "is the address of the Admin Console: leave out -admin"
    } else if url.path().starts_with("/oauth2") {
        "has a path: the part after /oauth2/ belongs in okta.authorization_server"
    } else if url.path() != "/" {
        "has a path: only the root of the org is wanted"
    } else {
        return Ok(url);
    };
    Err(rule.to_owned())
}
