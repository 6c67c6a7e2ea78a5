//! Digits of texts of a fixed form, which are written for several columns of each row.

/// Writes `value` right-aligned, with leading zeros.
pub(super) fn put_digits(place: &mut [u8], mut value: u32) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// Returns the number of digits that `value` has.
pub(super) fn count_digits(value: u32) -> usize {
    value.checked_ilog10().unwrap_or(0) as usize + 1
}

/// Returns ASCII characters as a text.
pub(super) fn as_text(ascii: &[u8]) -> &str {
    // ASCII is always UTF-8.
    std::str::from_utf8(ascii).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_right_aligned() {
        let mut place = *b"xxxx";
        put_digits(&mut place, 42);
        assert_eq!(as_text(&place), "0042");
        assert_eq!([0, 9, 10, u32::MAX].map(count_digits), [1, 1, 2, 10]);
    }
}
