//! The company whose pages these are.

/// The company, as its customers know it. Every address is complete, prefix included.
#[derive(Clone, Copy, Debug)]
pub struct Brand<'a> {
    /// Shown beside the logo.
    pub name: &'a str,
    /// Picture for light pages; a monogram takes its place when there is none.
    pub logo: Option<&'a str>,
    /// Picture for dark pages; without one the light picture stays.
    pub logo_dark: Option<&'a str>,
    /// The small picture in the browser tab.
    pub favicon: Option<&'a str>,
    /// Whom a customer can ask for help.
    pub contact: Option<Contact<'a>>,
    /// Links to other pages.
    pub links: Links<'a>,
}

/// Whom a customer asks when nothing else helps: "the service desk", with or without an address.
#[derive(Clone, Copy, Debug)]
pub struct Contact<'a> {
    /// How it reads in a sentence: "Ask {name}".
    pub name: &'a str,
    /// `mailto:`, `tel:` or a page.
    pub url: Option<&'a str>,
}

/// Pages that the operator configured. A missing one is not offered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Links<'a> {
    /// The company's own front page, behind logo and name.
    pub home: Option<&'a str>,
    /// Help, at the foot of every page.
    pub help: Option<&'a str>,
    /// Privacy notice, at the foot of every page.
    pub privacy: Option<&'a str>,
    /// Where a forgotten or expired password is replaced.
    pub reset_password: Option<&'a str>,
    /// Where a known password is changed.
    pub change_password: Option<&'a str>,
    /// Where phones, apps and passkeys are added or removed.
    pub manage_factors: Option<&'a str>,
}
