//! Requests that a pattern of paths is about: for each pattern a few, such that whatever is more specific than the pattern
//! and meets all of them leaves nothing for it.

use portcullis_core::domain::route::{Pattern, Route};
use portcullis_core::domain::route_table::RouteTable;

/// The word that stands for a parameter, unless a route has it.
const WORD: &str = "other";

/// Words and depths that no route of a table distinguishes from others.
pub(super) struct Witnesses {
    word: String,
    depth: usize,
}

impl Witnesses {
    /// For the routes of this table.
    pub(super) fn beside(routes: &RouteTable) -> Self {
        let patterns = || routes.listed().map(|(pattern, _)| pattern.as_str());
        let is_taken = |word: &str| {
            patterns().any(|text| text.split('/').any(|segment| segment.eq_ignore_ascii_case(word)))
        };
        let numbered = (2_usize..).map(|number| format!("{WORD}-{number}"));
        let word = std::iter::once(WORD.to_owned()).chain(numbered).find(|word| !is_taken(word));
        let depth = patterns().map(|text| text.split('/').count()).max().unwrap_or_default();
        Self { word: word.unwrap_or_default(), depth }
    }

    /// Paths that a pattern matches: one, or if it ends in `**` one of each depth that any route knows, and the one with
    /// nothing after the slash.
    pub(super) fn of(&self, pattern: &Pattern) -> Vec<String> {
        let text = pattern.as_str();
        let (fixed, is_open) = text.strip_suffix("/**").map_or((text, false), |fixed| (fixed, true));
        let fixed = self.filled(fixed);
        if !is_open {
            return vec![fixed];
        }
        let mut paths = vec![format!("{fixed}/")];
        paths.extend((!fixed.is_empty()).then(|| fixed.clone()));
        let mut deeper = fixed;
        for _ in 0..=self.depth {
            deeper = format!("{deeper}/{}", self.word);
            paths.push(deeper.clone());
        }
        paths
    }

    /// A path with a word for each parameter.
    pub(super) fn filled(&self, path: &str) -> String {
        let fill = |segment: &str| if segment.contains('{') { self.word.clone() } else { segment.to_owned() };
        path.split('/').map(fill).collect::<Vec<_>>().join("/")
    }
}

/// The methods of a route, without HEAD, which is decided as GET.
pub(super) fn methods(route: &Route) -> Vec<&str> {
    route.methods.names().into_iter().filter(|method| *method != "HEAD").collect()
}

/// Whether a method changes nothing (RFC 9110 9.2.1).
pub(super) fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}
