//! Commands of the command line, which errors, explanations and findings name.

use std::fmt;

use serde::{Serialize, Serializer};

/// Command of the command line `orchestra`. As a text, and in JSON, it is what a shell takes: `orchestra tasks retry ID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine(Vec<String>);

impl CommandLine {
    /// Begins a command with words that are fixed.
    pub(crate) fn new(words: &str) -> Self {
        Self(words.split_whitespace().map(str::to_owned).collect())
    }

    /// Adds an option with its value.
    pub(crate) fn option(mut self, name: &str, value: impl fmt::Display) -> Self {
        let value = value.to_string();
        if value.starts_with('-') {
            self.0.push(format!("{name}={value}"));
        } else {
            self.0.extend([name.to_owned(), value]);
        }
        self
    }

    /// Adds the last argument, which may be any text.
    pub(crate) fn argument(mut self, value: impl fmt::Display) -> Self {
        let value = value.to_string();
        if value.starts_with('-') {
            self.0.push("--".to_owned());
        }
        self.0.push(value);
        self
    }

    /// Returns the words behind the name of the program.
    pub fn words(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("orchestra")?;
        self.0
            .iter()
            .try_for_each(|word| write!(f, " {}", quoted(word)))
    }
}

impl Serialize for CommandLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Returns a word as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_words_that_were_given() {
        let command = CommandLine::new("tasks depend")
            .option("--on", "-x")
            .argument("it's $HOME");
        let text = r"orchestra tasks depend --on=-x 'it'\''s $HOME'";
        assert_eq!(command.to_string(), text);
        assert_eq!(command.words()[3], "it's $HOME");
        let command = CommandLine::new("tasks retry").argument("-7");
        assert_eq!(command.to_string(), "orchestra tasks retry -- -7");
    }
}
