//! The sums of views by the quarter-hour, which the scripts of `analytics` count as visitors join.

use std::collections::HashMap;

use super::{
    VisitStore,
    keys::{self, Calendar},
};
use crate::{error::AppError, model::LinkId};

/// How many days one script reads.
const DAYS: usize = 400;

/// The views of a link since they are summed: also those of active viewers, and of visits that were erased or no longer
/// kept. Archived visits are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Since when views are summed, in Unix milliseconds. Earlier ones are known from visits only. `None`: no visitor has
    /// joined since.
    pub from: Option<i64>,
    /// The begin of each quarter-hour with views, in Unix milliseconds, and their number; the earliest first.
    pub views: Vec<(i64, u64)>,
}

impl VisitStore {
    /// The sums of the days of a time, in Unix milliseconds; no days before there are sums. One round trip for each 400
    /// days.
    pub async fn sums(&self, link: &LinkId, from: i64, until: i64) -> Result<Sums, AppError> {
        let days: Vec<Calendar> = Calendar::within(from, until).collect();
        let mut sums = Sums::default();
        // The last days first: they say how far back there is something to read.
        let mut unread = &days[..];
        loop {
            let (earlier, read) = unread.split_at(unread.len().saturating_sub(DAYS));
            let keys: Vec<String> = read.iter().map(|day| keys::sums_of_day(link, day)).collect();
            let call = self.scripts.sums_call(link, &keys);
            let (since, of_days): (Option<i64>, Vec<HashMap<i64, i64>>) = self.redis.run(&call).await?;
            sums.from = since;
            for (day, quarters) in read.iter().zip(of_days) {
                // An archived visit that is erased stays left out, so that no sum is below 0.
                let of_day = quarters.into_iter().filter_map(|(quarter, views)| {
                    let views = u64::try_from(views).ok().filter(|views| *views > 0)?;
                    Some((day.start_of_quarter(quarter), views))
                });
                sums.views.extend(of_day);
            }
            let has_earlier = since.zip(read.first()).is_some_and(|(since, day)| since < day.starts);
            if earlier.is_empty() || !has_earlier {
                break;
            }
            unread = earlier;
        }
        sums.views.sort_unstable();
        Ok(sums)
    }
}
