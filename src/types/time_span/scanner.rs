//! Reading of a text from left to right, without allocating.

/// A cursor over a text.
pub(super) struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            rest: text.as_bytes(),
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// Steps over the next byte if it is one of `expected`, and returns it.
    pub(super) fn take(&mut self, expected: &[u8]) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        if !expected.contains(&first) {
            return None;
        }
        self.rest = rest;
        Some(first)
    }

    /// Reads a number of `least` to `most` digits; further digits are left.
    pub(super) fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        self.digits(least, most).map(decimal)
    }

    /// Reads the 1 to 7 digits after a decimal point as a number of ten-millionths; further digits are left.
    pub(super) fn fraction(&mut self) -> Option<i64> {
        let digits = self.digits(1, 7)?;
        let mut padded = [b'0'; 7];
        for (place, digit) in padded.iter_mut().zip(digits) {
            *place = *digit;
        }
        Some(decimal(&padded))
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<&'a [u8]> {
        let count = self
            .rest
            .iter()
            .take(most)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if count < least {
            return None;
        }
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        Some(digits)
    }
}

/// Returns the value of at most 18 ASCII digits.
fn decimal(digits: &[u8]) -> i64 {
    digits
        .iter()
        .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_no_more_digits_than_allowed() {
        let mut scan = Scanner::new("12345-");
        assert_eq!(scan.number(2, 4), Some(1234));
        assert_eq!(scan.number(2, 2), None);
        assert_eq!(scan.number(1, 2), Some(5));
        assert_eq!(scan.take(b":"), None);
        assert_eq!(scan.take(b"+-"), Some(b'-'));
        assert!(scan.is_done());
        assert_eq!(scan.number(1, 2), None);
    }

    #[test]
    fn fractions_count_in_ten_millionths() {
        let fraction = |text| Scanner::new(text).fraction();
        assert_eq!(fraction("5"), Some(5_000_000));
        assert_eq!(fraction("0000001"), Some(1));
        assert_eq!(fraction("000000199"), Some(1));
        assert_eq!(fraction(""), None);
        assert_eq!(fraction("x"), None);
    }
}
