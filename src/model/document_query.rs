//! Which documents of an owner are listed, and in which order, as the address of the list says it.

use serde::{Deserialize, Serialize};

use super::{DocumentId, Invalid, MAX_TITLE_LENGTH, address::encode};

/// The most documents on one page of the list.
pub const PAGE_SIZE: u32 = 50;

/// What the list of documents is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DocumentSort {
    /// By title, whatever its capitals.
    Name,
    /// By the time of the upload.
    #[default]
    Date,
    /// By the last view of any of its links; documents without a view count as the oldest.
    Viewed,
}

impl DocumentSort {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Name, Self::Date, Self::Viewed];

    /// The word in the address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Date => "date",
            Self::Viewed => "viewed",
        }
    }

    /// Names go from A to Z, times from the latest to the earliest.
    fn is_descending(self) -> bool {
        self != Self::Name
    }
}

/// One page of an owner's documents.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DocumentQuery {
    /// The order.
    pub sort: DocumentSort,
    /// From the latest to the earliest, or from Z to A.
    pub descending: bool,
    /// A part of the title, whatever its capitals; empty: all documents.
    pub search: String,
    /// The page, from 1.
    pub page: u32,
}

impl Default for DocumentQuery {
    fn default() -> Self {
        Self { sort: DocumentSort::Date, descending: true, search: String::new(), page: 1 }
    }
}

impl DocumentQuery {
    /// Reads the parameters of an address: `sort` (`name`, `date`, `viewed`), `direction` (`asc`, `desc`), `q` and
    /// `page`. Without `direction` names go up and times go down.
    pub fn parse<'a>(parameter: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Invalid> {
        let given = |name: &str| parameter(name).filter(|text| !text.is_empty());
        let sort = match given("sort") {
            None => DocumentSort::default(),
            Some(word) => DocumentSort::ALL
                .into_iter()
                .find(|sort| sort.as_str() == word)
                .ok_or_else(|| Invalid::new("sort", r#"must be "name", "date" or "viewed""#))?,
        };
        let descending = match given("direction") {
            None => sort.is_descending(),
            Some("asc") => false,
            Some("desc") => true,
            Some(_) => return Err(Invalid::new("direction", r#"must be "asc" or "desc""#)),
        };
        let search = given("q").unwrap_or_default().trim();
        if search.chars().count() > MAX_TITLE_LENGTH {
            return Err(Invalid::new("q", format!("must have at most {MAX_TITLE_LENGTH} characters")));
        }
        let page = match given("page") {
            None => 1,
            Some(text) => text
                .parse()
                .ok()
                .filter(|page| (1..=1_000_000).contains(page))
                .ok_or_else(|| Invalid::new("page", "must be a number from 1 to 1000000"))?,
        };
        Ok(Self { sort, descending, search: search.to_owned(), page })
    }

    /// The parameters as they stand behind a path, the question mark included; empty for the first page of all
    /// documents in the default order.
    pub fn as_parameters(&self) -> String {
        let default = Self::default();
        let mut parameters = Vec::new();
        if self.sort != default.sort {
            parameters.push(format!("sort={}", self.sort.as_str()));
        }
        if self.descending != self.sort.is_descending() {
            parameters.push(format!("direction={}", self.direction()));
        }
        if !self.search.is_empty() {
            parameters.push(format!("q={}", encode(&self.search)));
        }
        if self.page != default.page {
            parameters.push(format!("page={}", self.page));
        }
        if parameters.is_empty() { String::new() } else { format!("?{}", parameters.join("&")) }
    }

    /// `asc` or `desc`.
    pub fn direction(&self) -> &'static str {
        if self.descending { "desc" } else { "asc" }
    }

    /// Another page of the same list.
    pub fn with_page(&self, page: u32) -> Self {
        Self { page, ..self.clone() }
    }

    /// The first page of the same documents by `sort`, in its usual direction; in the other one where they are
    /// sorted so already.
    pub fn sorted_by(&self, sort: DocumentSort) -> Self {
        let descending = if self.sort == sort { !self.descending } else { sort.is_descending() };
        Self { sort, descending, page: 1, ..self.clone() }
    }

    /// How many documents stand before this page.
    pub fn offset(&self) -> u64 {
        u64::from(self.page.saturating_sub(1)) * u64::from(PAGE_SIZE)
    }
}

/// Which documents of an owner a page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DocumentScope {
    /// One page of the list.
    Page(DocumentQuery),
    /// One document.
    One(DocumentId),
}

impl Default for DocumentScope {
    fn default() -> Self {
        Self::Page(DocumentQuery::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<DocumentQuery, Invalid> {
        DocumentQuery::parse(|name| {
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        })
    }

    #[test]
    fn parameters_read_back_as_written() {
        for parameters in
            ["", "?sort=viewed", "?sort=name&direction=desc&page=3", "?direction=asc&q=a", "?q=x&page=2"]
        {
            let query = parse(parameters.trim_start_matches('?')).expect(parameters);
            assert_eq!(query.as_parameters(), parameters);
        }
        let search = DocumentQuery { search: "50% & more".to_owned(), ..DocumentQuery::default() };
        assert_eq!(search.as_parameters(), "?q=50%25%20%26%20more");
    }

    #[test]
    fn invalid_parameter_is_refused_by_its_name() {
        for (query, field) in [
            ("sort=size", "sort"),
            ("direction=up", "direction"),
            ("page=0", "page"),
            ("page=x", "page"),
            ("page=1000001", "page"),
            (&format!("q={}", "x".repeat(201)), "q"),
        ] {
            assert_eq!(parse(query).expect_err(query).field, field);
        }
        assert_eq!(parse("page=&sort=&q="), Ok(DocumentQuery::default()));
    }

    #[test]
    fn second_choice_of_a_sort_turns_it_round() {
        let newest = DocumentQuery { page: 4, ..DocumentQuery::default() };
        let by_name = newest.sorted_by(DocumentSort::Name);
        assert_eq!((by_name.descending, by_name.page), (false, 1));
        assert!(by_name.sorted_by(DocumentSort::Name).descending);
        assert!(!newest.sorted_by(DocumentSort::Date).descending);
    }
}
