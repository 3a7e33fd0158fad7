//! What the operator puts on every page.

/// The operator's name, pictures and links.
#[derive(Debug, Clone, Default)]
pub struct Brand {
    /// The company's name.
    pub name: String,
    /// What customers sign in to.
    pub portal: String,
    /// The logo for light pages.
    pub logo: Option<Picture>,
    /// The logo for dark pages.
    pub logo_dark: Option<Picture>,
    /// The favicon.
    pub favicon: Option<Picture>,
    /// `/brand.css`, made by the views from the operator's colour.
    pub css: String,
    /// Contact for customers.
    pub contact: Option<String>,
    /// Where customers go without a destination.
    pub home: Option<String>,
    /// Help page.
    pub help: Option<String>,
    /// Privacy notice.
    pub privacy: Option<String>,
    /// Where a forgotten or expired password is replaced.
    pub reset_password: Option<String>,
    /// Where factors are set up.
    pub manage_factors: Option<String>,
}

/// A picture, checked by `config`.
#[derive(Debug, Clone)]
pub struct Picture {
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}
