//! Texts that are put together without allocating.

use super::digits::{as_text, put_digits};

/// A text of at most `N` ASCII characters, for which the caller has to see that they have room.
pub(super) struct ShortText<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> ShortText<N> {
    pub(super) fn new() -> Self {
        Self {
            bytes: [0; N],
            length: 0,
        }
    }

    pub(super) fn push(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    pub(super) fn push_str(&mut self, text: &str) {
        self.bytes[self.length..][..text.len()].copy_from_slice(text.as_bytes());
        self.length += text.len();
    }

    /// Appends `value` with `count` digits.
    pub(super) fn push_digits(&mut self, count: usize, value: u32) {
        put_digits(&mut self.bytes[self.length..][..count], value);
        self.length += count;
    }

    pub(super) fn as_str(&self) -> &str {
        as_text(&self.bytes[..self.length])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_as_many_characters_as_it_has_room_for() {
        let mut text = ShortText::<8>::new();
        assert_eq!(text.as_str(), "");
        text.push(b'-');
        text.push_str("12:");
        text.push_digits(4, 5);
        assert_eq!(text.as_str(), "-12:0005");
    }
}
