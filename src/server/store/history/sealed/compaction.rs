//! Which files are merged: those of a month, in steps, so that a visit is written anew only a few times.

use time::OffsetDateTime;

use super::stats::FileStats;

/// The most visits that a merged file holds: about 3 MB, which one scan holds in memory.
pub const MAX_VISITS_PER_FILE: u64 = 100_000;
/// How many neighbours of one size are merged while their month goes on.
const NEIGHBOURS: usize = 10;

/// The sets of files that are to be merged now. `files` must be sorted by their names.
///
/// While a month goes on (in UTC, by the newest visit of a file), ten neighbours with as many digits in their number of
/// visits become one. Once it is over, its files become as few as [`MAX_VISITS_PER_FILE`] allows. What is merged is not
/// merged again without new files.
pub fn to_merge(files: &[FileStats], now: i64) -> Vec<&[FileStats]> {
    let mut sets = Vec::new();
    let mut begin = 0;
    while let Some(first) = files.get(begin) {
        let is_over = month(first) < month_of(now);
        let count = neighbours(&files[begin..], |file| is_over || digits(file) == digits(first));
        if count >= if is_over { 2 } else { NEIGHBOURS } {
            sets.push(&files[begin..begin + count]);
        }
        begin += count;
    }
    sets
}

/// How many of the files, from the first, are of one month and together small enough: at least 1.
fn neighbours(files: &[FileStats], fits: impl Fn(&FileStats) -> bool) -> usize {
    let mut visits = 0;
    let taken = files.iter().take_while(|file| {
        visits += file.visits;
        month(file) == month(&files[0]) && fits(file) && visits <= MAX_VISITS_PER_FILE
    });
    taken.count().max(1)
}

fn digits(file: &FileStats) -> u32 {
    file.visits.max(1).ilog10()
}

/// The year and the month in which a file ends.
fn month(file: &FileStats) -> (i32, u8) {
    month_of(file.name.last.recorded_at.try_into().unwrap_or(i64::MAX))
}

/// The year and the month of Unix milliseconds, in UTC.
fn month_of(time: i64) -> (i32, u8) {
    let date = OffsetDateTime::from_unix_timestamp(time.div_euclid(1_000));
    let date = date.map_or(time::Date::MAX, OffsetDateTime::date);
    (date.year(), date.month().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::VisitId, server::store::history::sealed::FileName};

    const DAY: u64 = 86_400_000;
    /// 2026-11-25, 00:00 UTC.
    const NOW: u64 = 1_795_564_800_000;

    /// A file of visits that were recorded so many days ago.
    fn file(days_ago: u64, visits: u64) -> FileStats {
        let id = |sequence| VisitId { recorded_at: NOW - days_ago * DAY, sequence };
        FileStats {
            name: FileName { first: id(0), last: id(visits), random: 0 },
            joined: (0, 0),
            ended: (0, 0),
            visits,
            bytes: 0,
            emails: None,
            readers: None,
        }
    }

    /// The numbers of visits of the files in each set.
    fn merged(files: &[FileStats]) -> Vec<Vec<u64>> {
        let sets = to_merge(files, NOW as i64);
        sets.into_iter().map(|files| files.iter().map(|file| file.visits).collect()).collect()
    }

    #[test]
    fn ten_neighbours_of_one_size_are_merged() {
        let small = |count| (0..count).map(|index| file(20 - index, 1_000 + index)).collect::<Vec<_>>();
        assert!(merged(&small(9)).is_empty());
        let all = [(1_000..1_012).collect::<Vec<_>>()];
        assert_eq!(merged(&small(12)), all);
        let mut after_a_large_one = vec![file(22, 40_000)];
        after_a_large_one.extend(small(12));
        assert_eq!(merged(&after_a_large_one), all);
    }

    #[test]
    fn finished_month_becomes_as_few_files_as_fit() {
        let files = [
            file(90, 500),
            file(50, 60_000),
            file(45, 30_000),
            file(40, 20_000),
            file(35, 5),
            file(3, 1_000),
            file(2, 1_000),
        ];
        assert_eq!(merged(&files), [[60_000, 30_000], [20_000, 5]]);
        let files = [file(90, 500), file(45, 90_000), file(35, 20_005), file(2, 2_000)];
        assert!(merged(&files).is_empty(), "there is nothing new");
    }
}
