//! Paths of repositories: two spellings of one path are one repository.

/// Path of agents that work in any repository.
pub const ANY_PATH: &str = "*";

/// Returns the path without surrounding white space and trailing separators.
pub(crate) fn normalize_path(path: &str) -> &str {
    let path = path.trim();
    let short = path.trim_end_matches(['/', '\\']);
    let is_root = short.is_empty() || short.ends_with(':');
    if is_root { path } else { short }
}

/// Returns the last component of a path, which names the repository.
pub(crate) fn name_of_path(path: &str) -> &str {
    path.rsplit(['/', '\\'])
        .find(|part| !part.is_empty())
        .unwrap_or(path)
}

/// Returns true if two normalized paths name one place for Windows, which knows neither cases nor the two slashes apart.
pub(crate) fn is_same_on_windows(a: &str, b: &str) -> bool {
    let folded = |c: char| if c == '\\' { '/' } else { c }.to_lowercase();
    a.chars().flat_map(folded).eq(b.chars().flat_map(folded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_place_are_one_path() {
        for (given, path) in [
            ("/srv/git/search/", "/srv/git/search"),
            (" C:\\Sources\\App\\\\ ", "C:\\Sources\\App"),
            ("/", "/"),
            ("C:\\", "C:\\"),
            ("*", "*"),
        ] {
            assert_eq!(normalize_path(given), path, "{given:?}");
        }
    }

    #[test]
    fn windows_knows_neither_cases_nor_slashes_apart() {
        for (a, b, is_same) in [
            ("C:\\Sources\\App", "c:/sources/APP", true),
            ("C:\\Größe", "c:/GRÖSSE", false),
            ("C:\\Übung", "c:/übung", true),
            ("C:\\App", "C:\\App2", false),
            ("", "/", false),
        ] {
            assert_eq!(is_same_on_windows(a, b), is_same, "{a} {b}");
        }
    }

    #[test]
    fn a_repository_is_named_after_its_last_part() {
        assert_eq!(name_of_path("C:\\Sources\\Billing API"), "Billing API");
        assert_eq!(name_of_path("/srv/git/search"), "search");
        assert_eq!(name_of_path("/"), "/");
    }
}
