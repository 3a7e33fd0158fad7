//! What every page of this installation has in common, worked out once at start.

use portico_views as views;
use url::Url;

use super::brand::{Brand, Picture};
use super::cookies::Cookies;
use super::pages::form_templates::FormTemplates;

/// This installation.
#[derive(Debug)]
pub struct Site {
    /// Path of the public address: empty, or like `/auth`.
    pub(super) base: String,
    /// `https://signin.example.com`, as browsers send it in `Origin`.
    pub(super) origin: String,
    /// Host and port as browsers send them in `Host`.
    pub(super) authority: String,
    /// Names and flags of the cookies.
    pub(super) cookies: Cookies,
    pub(super) brand: Brand,
    pub(super) assets: views::Assets,
    pub(super) logo_url: Option<String>,
    pub(super) logo_dark_url: Option<String>,
    pub(super) favicon_url: Option<String>,
    pub(super) form_templates: FormTemplates,
}

impl Site {
    /// A site at its public address, with the addresses of its assets.
    pub fn new(public_url: &Url, cookies: Cookies, brand: Brand, files: &super::AssetFiles) -> Self {
        let base = public_url.path().trim_end_matches('/').to_owned();
        let origin = public_url.origin().ascii_serialization();
        let authority = origin
            .split_once("://")
            .map_or("", |(_, authority)| authority)
            .to_owned();
        let address = |name: &str| files.address(&base, name);
        let picture = |name: &str, picture: &Option<Picture>| picture.as_ref().map(|_| address(name));
        Self {
            cookies,
            assets: views::Assets::new(address),
            logo_url: picture("logo", &brand.logo),
            logo_dark_url: picture("logo-dark", &brand.logo_dark),
            favicon_url: picture("favicon", &brand.favicon),
            base,
            origin,
            authority,
            brand,
            form_templates: FormTemplates::new(),
        }
    }

    /// Path of the public address: empty, or like `/auth`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// `https`, or `http` on loopback.
    pub(super) fn scheme(&self) -> &str {
        self.origin.split(':').next().unwrap_or_default()
    }

    /// The name of the host, without a port.
    pub(super) fn host(&self) -> &str {
        let host = self.authority.as_str();
        match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        }
    }

    /// The whole address of a path of this site.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin, self.base)
    }

    /// A path of this site with the base path in front.
    pub(super) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The brand as the views want it.
    pub(super) fn brand(&self) -> views::Brand<'_> {
        let brand = &self.brand;
        views::Brand {
            name: &brand.name,
            logo: self.logo_url.as_deref(),
            logo_dark: self.logo_dark_url.as_deref(),
            favicon: self.favicon_url.as_deref(),
            contact: brand.contact.as_deref().map(|name| views::Contact { name, url: None }),
            links: views::Links {
                home: brand.home.as_deref(),
                help: brand.help.as_deref(),
                privacy: brand.privacy.as_deref(),
                reset_password: brand.reset_password.as_deref(),
                change_password: brand.reset_password.as_deref(),
                manage_factors: brand.manage_factors.as_deref(),
            },
        }
    }
}
