//! JSON objects that grow.

use serde_json::Value;

/// Sets a member; what is no object stays as it is.
pub(crate) fn extend(body: &mut Value, name: &str, value: Value) {
    if let Some(body) = body.as_object_mut() {
        body.insert(name.to_owned(), value);
    }
}
