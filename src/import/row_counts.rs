//! Numbers of rows by repository and state, by which an import is verified.

use std::collections::BTreeMap;
use std::fmt::Display;

/// Numbers of rows by path and state. No entry is zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Census<S>(BTreeMap<(String, S), i64>);

impl<S: Ord> Default for Census<S> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<S: Ord + Copy + Display> Census<S> {
    pub(super) fn add(&mut self, path: &str, status: S, count: i64) {
        let key = (path.to_owned(), status);
        let sum = self.0.get(&key).copied().unwrap_or(0) + count;
        if sum == 0 {
            self.0.remove(&key);
        } else {
            self.0.insert(key, sum);
        }
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        for ((path, status), count) in &other.0 {
            self.add(path, *status, *count);
        }
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(|(path, _)| path.as_str())
    }

    /// Describes the first difference from the expected numbers, if there is one.
    pub(super) fn difference(&self, expected: &Self) -> Option<String> {
        let keys = self.0.keys().chain(expected.0.keys());
        let count = |census: &Self, key| census.0.get(key).copied().unwrap_or(0);
        keys.map(|key| (key, count(self, key), count(expected, key)))
            .find(|(_, found, expected)| found != expected)
            .map(|((path, status), found, expected)| {
                format!("'{path}' must have {expected} in state {status}, got {found}")
            })
    }
}

impl<S: Ord + Copy + Display> FromIterator<(String, S, i64)> for Census<S> {
    fn from_iter<I: IntoIterator<Item = (String, S, i64)>>(rows: I) -> Self {
        let mut census = Self::default();
        for (path, status, count) in rows {
            census.add(&path, status, count);
        }
        census
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::TaskStatus::{Failed, Pending};

    #[test]
    fn a_difference_is_found_on_either_side() {
        let mut expected = Census::default();
        expected.add("/a", Pending, 2);
        let mut found = expected.clone();
        assert_eq!(found.difference(&expected), None);
        found.add("/b", Failed, 1);
        let text = found.difference(&expected).unwrap();
        assert_eq!(text, "'/b' must have 0 in state Failed, got 1");
        assert!(expected.difference(&found).is_some());
        found.add("/b", Failed, -1);
        assert_eq!(found, expected);
    }
}
