//! What a picture is drawn with.

/// A colour of a picture, and how much of the picture has it.
pub(super) struct Drawn {
    pub(super) colour: [u8; 3],
    pub(super) alpha: u8,
    pub(super) amount: u32,
}
