//! Fills `<<places>>` in text: the templates stay as readable as the files that they become.

/// Fills the places of a template. A value of several lines takes over the indentation of a place that is alone on its
/// line; an empty value removes such a line.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    for line in template.lines() {
        let alone = values
            .iter()
            .find(|(name, _)| line.trim_start() == format!("<<{name}>>"));
        if let Some((_, value)) = alone {
            let indent = &line[..line.len() - line.trim_start().len()];
            for part in value.lines() {
                let indent = if part.is_empty() { "" } else { indent };
                filled.push_str(indent);
                filled.push_str(part);
                filled.push('\n');
            }
            continue;
        }
        let mut line = line.to_owned();
        for (name, value) in values {
            line = line.replace(&format!("<<{name}>>"), value);
        }
        filled.push_str(&line);
        filled.push('\n');
    }
    filled
}

/// One line for each item.
pub(super) fn lines<T>(items: impl IntoIterator<Item = T>, line: impl Fn(T) -> String) -> String {
    items.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn values_go_where_their_names_stand() {
        let template = "a <<x>> <<y>>\n  <<many>>\n<<none>>\nend";
        let values = [("x", "1"), ("y", "2"), ("many", "b\n\nc {\n  d\n}"), ("none", "")];
        assert_eq!(fill(template, &values), "a 1 2\n  b\n\n  c {\n    d\n  }\nend\n");
    }
}
