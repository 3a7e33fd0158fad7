//! The colours that an SVG draws with. Their areas are not known, so each use of one counts the same.

use roxmltree::{Document, Node};

use super::drawn::Drawn;

const SHAPES: &[&str] = &[
    "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "use",
];

/// What is never drawn itself.
const UNDRAWN: &[&str] = &["clipPath", "mask", "marker", "metadata", "title", "desc"];

/// What may look like anything.
const UNKNOWN: &[&str] = &["image", "foreignObject", "filter", "script"];

const PAINTS: &[&str] = &["fill", "stroke", "stop-color"];

/// What a shape is filled with that says nothing.
const BLACK: csscolorparser::Color = csscolorparser::Color::new(0.0, 0.0, 0.0, 1.0);

/// A picture that could be drawn in ways that are not looked at.
struct CannotTell;

/// How an element paints, unless it says otherwise.
#[derive(Clone, Copy)]
struct Inherited {
    fill: Paint,
    stroke: Paint,
    current: csscolorparser::Color,
    /// A rule of a style sheet may paint it.
    by_rule: bool,
}

#[derive(Clone, Copy)]
enum Paint {
    /// Nothing, or a gradient, whose colours are counted where they stand.
    Elsewhere,
    Colour(csscolorparser::Color),
}

/// `None`: it has parts that could look like anything, or is not well-formed.
pub(super) fn drawn(bytes: &[u8]) -> Option<Vec<Drawn>> {
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..roxmltree::ParsingOptions::default()
    };
    let text = std::str::from_utf8(bytes).ok()?;
    let document = Document::parse_with_options(text, options).ok()?;
    let start = Inherited {
        fill: Paint::Colour(BLACK),
        stroke: Paint::Elsewhere,
        current: BLACK,
        by_rule: false,
    };
    let mut drawn = Vec::new();
    look_at(document.root_element(), start, &mut drawn).ok()?;
    Some(drawn)
}

fn look_at(node: Node<'_, '_>, mut how: Inherited, drawn: &mut Vec<Drawn>) -> Result<(), CannotTell> {
    let name = node.tag_name().name();
    if UNKNOWN.contains(&name) {
        return Err(CannotTell);
    }
    if UNDRAWN.contains(&name) {
        return Ok(());
    }
    if name == "style" {
        return rules(node.text().unwrap_or_default(), how.current, drawn);
    }
    how.by_rule |= node.has_attribute("class");
    let said = |property| declared(node, property);
    if let Some(Paint::Colour(colour)) = said("color").map(|value| paint(value, how.current)).transpose()? {
        how.current = colour;
    }
    if let Some(value) = said("fill") {
        how.fill = paint(value, how.current)?;
    }
    if let Some(value) = said("stroke") {
        how.stroke = paint(value, how.current)?;
    }
    if let Some(value) = said("stop-color") {
        paint(value, how.current)?.count(drawn);
    } else if name == "stop" {
        how.fill.count(drawn);
    }
    if SHAPES.contains(&name) {
        let is_painted_by_a_rule = how.by_rule && said("fill").is_none();
        if !is_painted_by_a_rule {
            how.fill.count(drawn);
        }
        how.stroke.count(drawn);
    }
    node.children()
        .filter(Node::is_element)
        .try_for_each(|child| look_at(child, how, drawn))
}

/// What the element says of a property, as an attribute or in its own style, which wins.
fn declared<'a>(node: Node<'a, '_>, property: &str) -> Option<&'a str> {
    let style = node.attribute("style").unwrap_or_default();
    let in_style = declarations(style).filter(|(name, _)| *name == property).last();
    in_style.map(|(_, value)| value).or_else(|| node.attribute(property))
}

fn declarations(style: &str) -> impl Iterator<Item = (&str, &str)> {
    let declared = style.split(['{', '}', ';']).filter_map(|one| one.split_once(':'));
    declared.map(|(name, value)| (name.trim(), value.trim()))
}

/// The colours of a style sheet. Which of its rules apply is not looked at, so none may depend on the reader's mode.
fn rules(style: &str, current: csscolorparser::Color, drawn: &mut Vec<Drawn>) -> Result<(), CannotTell> {
    if style.contains('@') || style.contains("var(") {
        return Err(CannotTell);
    }
    for (name, value) in declarations(style) {
        if PAINTS.contains(&name) {
            paint(value, current)?.count(drawn);
        }
    }
    Ok(())
}

fn paint(value: &str, current: csscolorparser::Color) -> Result<Paint, CannotTell> {
    let value = value.trim_end_matches("!important").trim();
    match value {
        "none" | "transparent" | "context-fill" | "context-stroke" => Ok(Paint::Elsewhere),
        "currentColor" | "currentcolor" => Ok(Paint::Colour(current)),
        // Of the names of colours only those by which a logo vanishes.
        "white" => Ok(Paint::Colour(csscolorparser::Color::new(1.0, 1.0, 1.0, 1.0))),
        "black" => Ok(Paint::Colour(BLACK)),
        _ if value.starts_with("url(") => Ok(Paint::Elsewhere),
        _ => csscolorparser::parse(value).map(Paint::Colour).map_err(|_| CannotTell),
    }
}

impl Paint {
    fn count(self, drawn: &mut Vec<Drawn>) {
        if let Self::Colour(colour) = self {
            let [red, green, blue, alpha] = colour.to_rgba8();
            drawn.push(Drawn {
                colour: [red, green, blue],
                alpha,
                amount: 1,
            });
        }
    }
}
