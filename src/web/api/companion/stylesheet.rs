//! The companion's stylesheet without comments and blanks.

/// Leaves out what a browser does not need. Strings must not stand in the stylesheet.
pub(super) fn squeeze(stylesheet: &str) -> String {
    let mut squeezed = String::new();
    for word in without_comments(stylesheet).split_whitespace() {
        // A blank is needed between two selectors or two values alone.
        let is_needed = !squeezed.ends_with(['{', '}', ':', ';', ',']) && !word.starts_with(['{', '}']);
        if is_needed && !squeezed.is_empty() {
            squeezed.push(' ');
        }
        squeezed.push_str(word);
    }
    squeezed.replace(";}", "}")
}

fn without_comments(stylesheet: &str) -> String {
    let mut parts = stylesheet.split("/*");
    let first = parts.next().unwrap_or_default().to_owned();
    parts
        .filter_map(|part| part.split_once("*/"))
        .fold(first, |all, (_, rest)| all + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_browser_does_not_need_is_left_out() {
        let stylesheet = "/* One. */\na,\nb {\n  font: 1rem/1.5 system-ui;\n  width: min(2rem, 7vw);\n}\n\n/* Two. */\nh2 + * {\n  margin: 0;\n}\n";
        let squeezed = "a,b{font:1rem/1.5 system-ui;width:min(2rem,7vw)}h2 + *{margin:0}";
        assert_eq!(squeeze(stylesheet), squeezed);
        assert_eq!(squeeze("a :hover { color: red; }"), "a :hover{color:red}");
    }
}
