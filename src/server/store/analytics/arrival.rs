//! What is known of a visit when it begins, beside what its client says.

use crate::model::{ClientKind, Country};

/// The file that is read, and where its reader comes from.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The version of the file.
    pub version: String,
    /// Its number of pages.
    pub page_count: u32,
    /// Browser, system and device.
    pub client: Option<ClientKind>,
    /// The country of the request.
    pub country: Option<Country>,
    /// Whether the e-mail address was verified at the gate.
    pub is_verified: bool,
}

impl Arrival {
    /// The traits as `viewer.lua` keeps them, six characters: three of the client, two of the country, one for returning.
    /// Hyphens for what is not known.
    pub(super) fn traits(&self, returning: Option<bool>) -> String {
        let client = self.client.map_or_else(|| "---".to_owned(), ClientKind::code);
        let country = self.country.map_or_else(|| "--".to_owned(), |country| country.to_string());
        let returning = match returning {
            Some(true) => '1',
            Some(false) => '0',
            None => '-',
        };
        format!("{client}{country}{returning}")
    }
}
