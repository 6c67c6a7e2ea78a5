//! How often each function was called, and how often it succeeded.

use std::collections::BTreeMap;

use orchestra_store::Result;

#[derive(Debug, Default)]
struct Count {
    tried: usize,
    succeeded: usize,
    /// How often it failed with which message.
    errors: BTreeMap<String, usize>,
}

#[derive(Debug, Default)]
pub struct Counts(BTreeMap<String, Count>);

impl Counts {
    pub fn note(&mut self, name: String, outcome: &Result<()>) {
        let count = self.0.entry(name).or_default();
        count.tried += 1;
        match outcome {
            Ok(()) => count.succeeded += 1,
            Err(error) => *count.errors.entry(error.to_string()).or_default() += 1,
        }
    }

    pub fn steps(&self) -> usize {
        self.0.values().map(|count| count.tried).sum()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn print(&self) {
        for (name, count) in &self.0 {
            println!(
                "{name:50} {:6} tried {:6} succeeded",
                count.tried, count.succeeded
            );
        }
    }

    /// Fails unless each was called so often, and at least half of its calls succeeded.
    pub fn hold(&self, least: usize) {
        let mut poor = Vec::new();
        for (name, count) in &self.0 {
            if count.tried < least || 2 * count.succeeded < count.tried {
                let mut errors: Vec<_> = count.errors.iter().collect();
                errors.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
                errors.truncate(4);
                poor.push(format!(
                    "{name} {}/{} {errors:?}",
                    count.succeeded, count.tried
                ));
            }
        }
        assert!(poor.is_empty(), "{}", poor.join("\n"));
    }
}
