//! The requested assurance as query parameters.

use crate::domain::assurance::Wanted;

/// The requested assurance, to be appended to a query.
pub(super) fn in_query(wanted: &Wanted) -> String {
    let classes = wanted.acr_values.join(" ");
    let classes = (!classes.is_empty()).then_some(&*classes);
    let max_age = wanted.max_age.map(|age| age.as_secs());
    wanted_query(classes, max_age.and_then(|age| u32::try_from(age).ok()))
}

/// The requested assurance as OpenID Connect parameters, to be appended to a query.
pub(in crate::web) fn wanted_query(classes: Option<&str>, max_age: Option<u32>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if let Some(classes) = classes {
        query.append_pair("acr_values", classes);
    }
    if let Some(max_age) = max_age {
        query.append_pair("max_age", &max_age.to_string());
    }
    let query = query.finish();
    if query.is_empty() { query } else { format!("&{query}") }
}
