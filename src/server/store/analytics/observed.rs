//! What clients observed, as `viewer.lua` reads it.

use std::fmt::Write;

use crate::model::{Observed, PageSeen};

/// Packs what a client observed: `page/thirds` for each page, `p` for printing and `>address` for each link opened, with
/// blanks between. Empty in the usual case, where there is nothing to tell.
pub(super) fn pack(observed: Observed<'_>) -> String {
    let mut packed = String::new();
    for PageSeen { page, thirds } in observed.seen {
        let _ = write!(packed, "{page}/{} ", u8::from(*thirds));
    }
    if observed.printed {
        packed.push_str("p ");
    }
    for address in observed.clicked {
        let _ = write!(packed, ">{address} ");
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Thirds;

    #[test]
    fn observed_is_packed_as_the_scripts_read_it() {
        let seen = [3, 12].map(|page| PageSeen { page, thirds: Thirds::try_from(5).expect("thirds") });
        let clicked = ["https://example.org/a".to_owned(), "mailto:a@b.c".to_owned()];
        let all = Observed { seen: &seen, clicked: &clicked, printed: true };
        assert_eq!(pack(all), "3/5 12/5 p >https://example.org/a >mailto:a@b.c ");
        assert_eq!(pack(Observed::default()), "");
    }
}
