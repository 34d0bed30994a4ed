//! Which parts of the pages were in view long enough to be read.

use super::layout::InView;
use crate::model::Thirds;

/// Each page is watched in so many slices, four to a third: at a high zoom no third is in view as a whole.
const SLICES: u16 = 12;
/// So many slices of a third make it read: the last lines of a page often end above its margin.
const SLICES_OF_A_THIRD: u32 = 3;

/// What of each page was in view, by [`Coverage::look`]s a second apart.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    /// Slices that were in view at the last look, by page.
    glimpsed: Vec<(u32, u16)>,
    /// Slices that were in view at two looks in a row, so for at least a second.
    read: Vec<(u32, u16)>,
}

impl Coverage {
    /// Looks at what is in view. Returns the pages of which more thirds are read than before, with all their thirds.
    pub(super) fn look(&mut self, in_view: &[InView]) -> Vec<(u32, Thirds)> {
        let now: Vec<(u32, u16)> = in_view.iter().map(|seen| (seen.page, slices(seen.part))).collect();
        let mut changed = Vec::new();
        for &(page, slices) in &now {
            let before = self.glimpsed.iter().find(|(glimpsed, _)| *glimpsed == page);
            let stayed = before.map_or(0, |(_, before)| before & slices);
            if stayed == 0 {
                continue;
            }
            let had = self.thirds(page);
            match self.read.iter_mut().find(|(read, _)| *read == page) {
                Some((_, slices)) => *slices |= stayed,
                None => self.read.push((page, stayed)),
            }
            let has = self.thirds(page);
            if has != had {
                changed.push((page, has));
            }
        }
        self.glimpsed = now;
        changed
    }

    /// Forgets the last look: the reader was away since.
    pub(super) fn look_away(&mut self) {
        self.glimpsed.clear();
    }

    /// The thirds of a page that were read.
    pub(super) fn thirds(&self, page: u32) -> Thirds {
        self.read.iter().find(|(read, _)| *read == page).map_or(Thirds::NONE, |(_, slices)| thirds(*slices))
    }
}

/// The slices of which most is in view.
fn slices((from, to): (f64, f64)) -> u16 {
    let middle = |slice: u16| (f64::from(slice) + 0.5) / f64::from(SLICES);
    (0..SLICES).filter(|slice| (from..=to).contains(&middle(*slice))).map(|slice| 1 << slice).sum()
}

fn thirds(slices: u16) -> Thirds {
    let is_read = |third: u16| (slices >> (4 * third) & 0b1111).count_ones() >= SLICES_OF_A_THIRD;
    let sum = (0..3).filter(|third| is_read(*third)).map(|third| 1_u8 << third).sum::<u8>();
    Thirds::try_from(sum).unwrap_or(Thirds::NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(thirds: u8) -> Thirds {
        Thirds::try_from(thirds).expect("a sum of thirds")
    }

    fn seen(page: u32, from: f64, to: f64) -> Vec<InView> {
        vec![InView { page, height: 100.0, part: (from, to) }]
    }

    #[test]
    fn third_is_read_after_a_second_in_view() {
        let mut coverage = Coverage::default();
        assert_eq!(coverage.look(&seen(1, 0.0, 0.5)), []);
        assert_eq!(coverage.look(&seen(1, 0.0, 0.5)), [(1, sum(1))]);
        assert_eq!(coverage.look(&seen(1, 0.0, 0.5)), [], "it is known");
        assert_eq!(coverage.look(&seen(1, 0.4, 1.0)), []);
        assert_eq!(coverage.look(&seen(1, 0.4, 1.0)), [(1, sum(7))]);
        assert_eq!(coverage.thirds(1), Thirds::WHOLE);
    }

    #[test]
    fn flight_over_pages_reads_nothing() {
        let mut coverage = Coverage::default();
        for page in 1..20 {
            assert_eq!(coverage.look(&seen(page, 0.0, 1.0)), []);
        }
    }

    #[test]
    fn time_away_does_not_count() {
        let mut coverage = Coverage::default();
        coverage.look(&seen(1, 0.0, 1.0));
        coverage.look_away();
        assert_eq!(coverage.look(&seen(1, 0.0, 1.0)), []);
    }

    #[test]
    fn page_larger_than_the_view_is_read_piece_by_piece() {
        let mut coverage = Coverage::default();
        let mut read = Thirds::NONE;
        for step in 0..10 {
            let from = f64::from(step) / 10.0;
            coverage.look(&seen(1, from, from + 0.1));
            for (_, thirds) in coverage.look(&seen(1, from, from + 0.1)) {
                read = thirds;
            }
        }
        assert_eq!(read, Thirds::WHOLE);
    }
}
