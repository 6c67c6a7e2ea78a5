//! The one filter of all that is printed: what would steer a terminal, or turn the direction of a text around, is shown
//! and not done.

use std::io::{Result, Write};

/// How a character that steers is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As `\u{1b}`, for people.
    Text,
    /// As `\u001b`, by which a JSON document keeps its meaning.
    Json,
}

/// Returns true for control characters but newlines and tabs, and for marks of the direction of writing.
pub(crate) fn steers(c: char) -> bool {
    let is_control = c.is_control() && c != '\n' && c != '\t';
    let is_direction = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    is_control || is_direction
}

/// Returns the text with every character that steers in a visible form.
pub(crate) fn visible(text: &str, form: Form) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match form {
            _ if !steers(c) => shown.push(c),
            Form::Text => shown.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            Form::Json => shown.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    shown
}

/// A writer through which everything goes in its visible form.
#[derive(Debug)]
pub(crate) struct Visible<W> {
    inner: W,
    form: Form,
    /// The beginning of a character whose end has not come yet.
    begun: Vec<u8>,
}

impl<W: Write> Visible<W> {
    pub(crate) fn new(inner: W, form: Form) -> Self {
        Self {
            inner,
            form,
            begun: Vec::new(),
        }
    }
}

impl<W: Write> Write for Visible<W> {
    fn write(&mut self, content: &[u8]) -> Result<usize> {
        let mut bytes = std::mem::take(&mut self.begun);
        bytes.extend_from_slice(content);
        let end = match std::str::from_utf8(&bytes) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => bytes.len(),
        };
        self.begun = bytes.split_off(end);
        let text = String::from_utf8_lossy(&bytes);
        self.inner.write_all(visible(&text, self.form).as_bytes())?;
        Ok(content.len())
    }

    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of characters of all kinds, by a generator with a seed.
    fn texts() -> impl Iterator<Item = String> {
        let mut state = 7_u64;
        let mut next = move |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % below
        };
        (0..2000).map(move |_| {
            let length = next(40);
            let any = |_| {
                let most = [0x100, 0x2100, 0x11_0000][usize::try_from(next(3)).unwrap()];
                char::from_u32(u32::try_from(next(most)).unwrap()).unwrap_or('x')
            };
            (0..length).map(any).collect()
        })
    }

    #[test]
    fn nothing_that_steers_is_left_and_the_rest_is_as_it_was() {
        let mut hit = 0;
        for text in texts() {
            let plain: String = text.chars().filter(|c| !steers(*c)).collect();
            for form in [Form::Text, Form::Json] {
                let shown = visible(&text, form);
                assert!(!shown.contains(steers), "{shown:?}");
                assert_eq!(visible(&shown, form), shown);
                assert_eq!(visible(&plain, form), plain);
            }
            hit += usize::from(plain != text);
        }
        assert!(hit > 500, "{hit}");
    }

    #[test]
    fn a_document_keeps_its_meaning() {
        for text in texts() {
            let document = serde_json::to_string(&text).unwrap();
            let read: String = serde_json::from_str(&visible(&document, Form::Json)).unwrap();
            assert_eq!(read, text);
        }
    }

    #[test]
    fn a_character_may_come_in_pieces() {
        for text in texts() {
            let mut written = Vec::new();
            let mut out = Visible::new(&mut written, Form::Text);
            for byte in text.as_bytes() {
                out.write_all(&[*byte]).unwrap();
            }
            assert_eq!(written, visible(&text, Form::Text).as_bytes());
        }
    }

    #[test]
    fn a_reader_can_look_the_character_up() {
        assert_eq!(
            visible("a\u{1b}\u{202e}\n", Form::Text),
            "a\\u{1b}\\u{202e}\n"
        );
        assert_eq!(visible("\u{9b}", Form::Json), "\\u009b");
    }
}
