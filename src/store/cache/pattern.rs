//! Patterns for keys of the cache.

/// Returns true if a key matches a pattern in which `*` stands for any characters and `?` for one.
///
/// The time is at most the product of both lengths, because after a mismatch only the last `*` is tried with one more
/// character.
pub(super) fn matches(pattern: &str, key: &str) -> bool {
    let (mut pattern, mut key) = (pattern.chars(), key.chars());
    let mut last_star = None;
    loop {
        let key_here = key.clone();
        match (pattern.next(), key.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                last_star = Some((pattern.clone(), key_here.clone()));
                key = key_here;
            }
            (Some('?'), Some(_)) => {}
            (Some(wanted), Some(found)) if wanted == found => {}
            _ => {
                let Some((after_star, mut from)) = last_star.take() else {
                    return false;
                };
                if from.next().is_none() {
                    return false;
                }
                (pattern, key) = (after_star.clone(), from.clone());
                last_star = Some((after_star, from));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_is_any_text_and_a_question_mark_one_character() {
        for (pattern, key) in [
            ("Tasks:*", "Tasks:"),
            ("Tasks:*", "Tasks:pending:/srv/x"),
            ("*:/srv/x", "Tasks:pending:/srv/x"),
            ("*aab", "aaaab"),
            ("a*b*c", "a-b-b-c"),
            ("Tasks:?", "Tasks:ж"),
            ("**", ""),
            ("exact", "exact"),
        ] {
            assert!(matches(pattern, key), "{pattern} {key}");
        }
        for (pattern, key) in [
            ("Tasks:*", "Agents:1"),
            ("Tasks:?", "Tasks:"),
            ("Tasks:?", "Tasks:12"),
            ("a*b", "a-b-c"),
            ("", "a"),
            ("exact", "exactly"),
        ] {
            assert!(!matches(pattern, key), "{pattern} {key}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!matches(&"*a".repeat(50), &"a".repeat(49)));
        assert!(!matches(
            &format!("{}b", "a*".repeat(50)),
            &"a".repeat(5000)
        ));
    }
}
