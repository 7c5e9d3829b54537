//! A moment as a commit has it: seconds, and the clock's offset where it was made.

use std::fmt;

/// A moment and the clock that showed it. Written as ISO 8601: `2001-02-03T04:05:06+01:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Since 1970, without leap seconds.
    pub seconds: i64,
    /// The clock's offset from UTC.
    pub offset_minutes: i32,
}

const DAY: i64 = 86_400;

impl Moment {
    /// The day alone: `2001-02-03`.
    pub fn day(&self) -> String {
        let (year, month, day) = civil(self.local().div_euclid(DAY));
        format!("{year:04}-{month:02}-{day:02}")
    }

    fn local(&self) -> i64 {
        self.seconds.saturating_add(i64::from(self.offset_minutes) * 60)
    }
}

impl Moment {
    /// The seconds since 1970 at which a day begins, in UTC: `2001-02-03`.
    pub fn begin_of_day(text: &str) -> Option<i64> {
        let numbers: Vec<i64> = text.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let [year, month @ 1..=12, day] = numbers[..] else { return None };
        let is_written_so = text.len() == 10 && (0..=9999).contains(&year);
        // Days of the era of March, as `civil` counts them.
        let year = year - i64::from(month <= 2);
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
        let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
        let moment = Self { seconds: days * DAY, offset_minutes: 0 };
        // A 30th of February is another day.
        (is_written_so && moment.day() == text).then_some(moment.seconds)
    }
}

impl Moment {
    /// The seconds since 1970 of a moment by its clock, as RFC 3339 has it: `2001-02-03T04:05:06Z`, `…06.7+01:00`.
    pub fn seconds_of(text: &str) -> Option<i64> {
        let (day, rest) = text.split_at_checked(10)?;
        let rest = rest.strip_prefix(['T', 't', ' '])?;
        let (clock, zone) = rest.split_at_checked(8)?;
        let [hours, minutes, seconds] = two_digits(clock)?;
        let is_clock = hours < 24 && minutes < 60 && seconds <= 60;
        let zone = match zone.strip_prefix('.') {
            Some(fraction) => Some(fraction.trim_start_matches(|c: char| c.is_ascii_digit()))
                .filter(|zone| zone.len() < fraction.len()),
            None => Some(zone),
        }?;
        let offset = offset_of(zone)?;
        let of_day = (hours * 60 + minutes) * 60 + seconds;
        Self::begin_of_day(day).filter(|_| is_clock).map(|day| day + of_day - offset)
    }
}

/// The seconds by which a clock is ahead of UTC: `Z`, `+01:00`.
fn offset_of(zone: &str) -> Option<i64> {
    let (sign, clock) = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => return Some(0),
        ("+", clock) => (1, clock),
        ("-", clock) => (-1, clock),
        _ => return None,
    };
    let [hours, minutes] = two_digits(clock)?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60)
}

/// Numbers of two digits each, with colons between them.
fn two_digits<const N: usize>(text: &str) -> Option<[i64; N]> {
    let number = |part: &str| -> Option<i64> {
        let is_number = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse().ok()).flatten()
    };
    let numbers: Vec<i64> = text.split(':').map(number).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_day = self.local().rem_euclid(DAY);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        let (sign, offset) = (if self.offset_minutes < 0 { '-' } else { '+' }, self.offset_minutes.unsigned_abs());
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}{sign}{:02}:{:02}", self.day(), offset / 60, offset % 60)
    }
}

/// Year, month and day of a day since 1970. The year is counted from March on, so that the leap day comes last
/// (Howard Hinnant's algorithm).
fn civil(days: i64) -> (i64, i64, i64) {
    const DAYS_OF_ERA: i64 = 146_097;
    let days = days + 719_468;
    let era = days.div_euclid(DAYS_OF_ERA);
    let of_era = days.rem_euclid(DAYS_OF_ERA);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(seconds: i64, offset_minutes: i32) -> String {
        Moment { seconds, offset_minutes }.to_string()
    }

    #[test]
    fn moments_are_written_with_their_own_clock() {
        assert_eq!(text(0, 0), "1970-01-01T00:00:00+00:00");
        assert_eq!(text(981_173_106, 0), "2001-02-03T04:05:06+00:00");
        assert_eq!(text(981_173_106, 330), "2001-02-03T09:35:06+05:30");
        assert_eq!(text(981_173_106, -570), "2001-02-02T18:35:06-09:30");
        assert_eq!(text(951_782_400, 0), "2000-02-29T00:00:00+00:00");
        assert_eq!(text(4_107_542_400, 0), "2100-03-01T00:00:00+00:00");
        assert_eq!(text(-1, 0), "1969-12-31T23:59:59+00:00");
    }

    #[test]
    fn a_day_that_is_written_is_read() {
        assert_eq!(Moment::begin_of_day("2001-02-03"), Some(981_158_400));
        assert_eq!(Moment::begin_of_day("1970-01-01"), Some(0));
        assert_eq!(Moment::begin_of_day("2000-02-29"), Some(951_782_400));
        for other in ["2001-02-30", "2001-13-01", "2001-2-3", "2001-02", "today", "", "2001-02-03-04", "-001-02-03"] {
            assert_eq!(Moment::begin_of_day(other), None, "{other}");
        }
    }

    #[test]
    fn a_moment_that_is_written_is_read() {
        assert_eq!(Moment::seconds_of("2001-02-03T04:05:06Z"), Some(981_173_106));
        assert_eq!(Moment::seconds_of("2001-02-03 09:35:06.75+05:30"), Some(981_173_106));
        assert_eq!(Moment::seconds_of("2001-02-02t18:35:06-09:30"), Some(981_173_106));
        let others = [
            "2001-02-03T04:05:06",
            "2001-02-03T04:05Z",
            "2001-02-03T24:00:00Z",
            "2001-02-30T04:05:06Z",
            "2001-02-03T04:05:06.Z",
            "2001-02-03T04:05:06+1",
            "2001-02-03T4:05:060Z",
            "2001-02-03Tä",
        ];
        for other in others {
            assert_eq!(Moment::seconds_of(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_moment_is_read_as_it_is_written(seconds in -60_000_000_000i64..250_000_000_000, offset in -1439i32..1440) {
            prop_assert_eq!(Moment::seconds_of(&text(seconds, offset)), Some(seconds));
        }

        #[test]
        fn days_follow_each_other(day in -1_000_000i64..1_000_000) {
            let ((year, month, of_month), next) = (civil(day), civil(day + 1));
            let same_month = (year, month, of_month + 1);
            let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            prop_assert!(next == same_month || (of_month >= 28 && next == (next_year, next_month, 1)));
        }

        #[test]
        fn no_moment_is_too_much(seconds: i64, offset_minutes: i32) {
            prop_assert!(!text(seconds, offset_minutes).is_empty());
        }
    }
}
