//! The colours of a PNG or `WebP`.

use std::collections::HashMap;
use std::io::Cursor;

use super::drawn::Drawn;

/// Largest decoded picture that is looked at, in bytes: few bytes of a file can stand for very many pixels.
const DECODED_LIMIT: usize = 32 * 1024 * 1024;

/// `None`: damaged, or too large to look at.
pub(super) fn png(bytes: &[u8]) -> Option<Vec<Drawn>> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: DECODED_LIMIT });
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().ok()?;
    let size = reader.output_buffer_size().filter(|size| *size <= DECODED_LIMIT)?;
    let mut buffer = vec![0; size];
    let frame = reader.next_frame(&mut buffer).ok()?;
    let pixels = buffer.get(..frame.buffer_size())?;
    match frame.color_type {
        png::ColorType::GrayscaleAlpha => Some(counted(
            pixels
                .chunks_exact(2)
                .filter_map(|pixel| <[u8; 2]>::try_from(pixel).ok()),
            |[grey, alpha]| [grey, grey, grey, alpha],
        )),
        png::ColorType::Rgba => Some(counted(rgba(pixels), |pixel| pixel)),
        _ => None,
    }
}

/// `None`: damaged, or too large to look at.
pub(super) fn webp(bytes: &[u8]) -> Option<Vec<Drawn>> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).ok()?;
    decoder.set_memory_limit(DECODED_LIMIT);
    let size = decoder.output_buffer_size().filter(|size| *size <= DECODED_LIMIT)?;
    let mut buffer = vec![0; size];
    decoder.read_image(&mut buffer).ok()?;
    if decoder.has_alpha() {
        return Some(counted(rgba(&buffer), |pixel| pixel));
    }
    let pixels = buffer
        .chunks_exact(3)
        .filter_map(|pixel| <[u8; 3]>::try_from(pixel).ok());
    Some(counted(pixels, |[red, green, blue]| [red, green, blue, u8::MAX]))
}

fn rgba(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> {
    bytes.chunks_exact(4).filter_map(|pixel| pixel.try_into().ok())
}

fn counted<T>(pixels: impl Iterator<Item = T>, as_rgba: impl Fn(T) -> [u8; 4]) -> Vec<Drawn> {
    let mut amounts: HashMap<[u8; 4], u32> = HashMap::new();
    for pixel in pixels {
        *amounts.entry(as_rgba(pixel)).or_default() += 1;
    }
    let drawn = |([red, green, blue, alpha], amount): ([u8; 4], u32)| Drawn {
        colour: [red, green, blue],
        alpha,
        amount,
    };
    amounts.into_iter().map(drawn).collect()
}
