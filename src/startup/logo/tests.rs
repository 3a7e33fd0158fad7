use super::*;

const WHITE: &str = r##"<path d="M0 0h9v9z" fill="#fff"/>"##;
const BLACK: &str = r#"<path d="M0 0h9v9z"/>"#;

fn svg(content: &str) -> BrandPicture {
    let text = format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{content}</svg>"#);
    BrandPicture {
        media_type: "image/svg+xml",
        bytes: text.into_bytes(),
    }
}

/// A PNG of one colour, with a transparent half.
fn png_of(colour: [u8; 3]) -> BrandPicture {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 16, 16);
    encoder.set_color(png::ColorType::Rgba);
    let [red, green, blue] = colour;
    let pixels: Vec<u8> = (0..256)
        .flat_map(|at| [red, green, blue, if at % 2 == 0 { 255 } else { 0 }])
        .collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    BrandPicture {
        media_type: "image/png",
        bytes,
    }
}

fn webp_of(colour: [u8; 3]) -> BrandPicture {
    let mut bytes = Vec::new();
    let pixels: Vec<u8> = (0..256).flat_map(|_| colour).collect();
    image_webp::WebPEncoder::new(&mut bytes)
        .encode(&pixels, 16, 16, image_webp::ColorType::Rgb8)
        .unwrap();
    BrandPicture {
        media_type: "image/webp",
        bytes,
    }
}

#[track_caller]
fn check(picture: &BrandPicture, expected: (bool, bool)) {
    let found = (vanishes(picture, Surface::Light), vanishes(picture, Surface::Dark));
    assert_eq!(
        found,
        expected,
        "{picture:?}: {}",
        String::from_utf8_lossy(&picture.bytes)
    );
}

const NOWHERE: (bool, bool) = (false, false);
const ON_LIGHT: (bool, bool) = (true, false);
const ON_DARK: (bool, bool) = (false, true);

#[test]
fn a_white_logo_vanishes_on_light_pages_and_a_black_one_on_dark_pages() {
    check(&svg(WHITE), ON_LIGHT);
    check(&svg(BLACK), ON_DARK);
    check(&svg(&format!("{BLACK}{WHITE}")), NOWHERE);
    check(&svg(r##"<rect width="9" height="9" fill="#2159c9"/>"##), NOWHERE);
}

#[test]
fn colours_are_found_wherever_an_svg_may_say_them() {
    for white in [
        r#"<g fill="white"><path d="M0 0h9"/></g>"#,
        r#"<path d="M0 0h9" style="fill: rgb(255, 255, 255); stroke:none"/>"#,
        r#"<g color="white"><path d="M0 0h9" fill="currentColor"/></g>"#,
        "<style>.a{fill:#fefefe}</style><path class=\"a\" d=\"M0 0h9\"/>",
        r##"<defs><linearGradient id="g"><stop stop-color="#fff"/><stop stop-color="#eee"/></linearGradient></defs><path d="M0 0h9" fill="url(#g)"/>"##,
        r##"<path d="M0 0h9" fill="none" stroke="#fff"/>"##,
        r##"<clipPath id="c"><rect width="9" height="9"/></clipPath><path d="M0 0h9" fill="#fff" clip-path="url(#c)"/>"##,
    ] {
        check(&svg(white), ON_LIGHT);
    }
}

#[test]
fn what_cannot_be_told_is_no_warning() {
    for unknown in [
        "<style>@media (prefers-color-scheme: dark){path{fill:#fff}}</style><path d=\"M0 0h9\"/>",
        "<image href=\"data:image/png;base64,AAAA\"/>",
        r#"<path d="M0 0h9" fill="color-mix(in srgb, red, blue)"/>"#,
        "<path",
    ] {
        check(&svg(unknown), NOWHERE);
    }
}

#[test]
fn pictures_of_pixels_are_looked_at_too() {
    check(&png_of([255; 3]), ON_LIGHT);
    check(&png_of([24; 3]), ON_DARK);
    check(&png_of([200, 30, 60]), NOWHERE);
    check(&webp_of([250; 3]), ON_LIGHT);
    check(&webp_of([200, 30, 60]), NOWHERE);
}

#[test]
fn an_empty_picture_is_seen_nowhere() {
    check(&svg(""), (true, true));
    check(&svg(r#"<path d="M0 0h9" fill="none"/>"#), (true, true));
}
