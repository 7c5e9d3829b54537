//! Fetching from a host that can't give all that is asked for: in ever smaller parts, until it is known what it can't give.

use crate::git::Oid;
use crate::model::VersionId;
use anyhow::{Error, Result};

/// So many fetches may fail to find out which versions a host can't give.
const ATTEMPTS: usize = 200;

/// Fetches these, all of them at first, then each half of what failed. What a host does not give by itself is returned, with
/// the reason. Where `is_reason` does not take a failure for one that is about what was asked for, it is the end of it.
pub fn fetch_in_parts(
    wants: &[(VersionId, Oid)],
    fetch: &mut dyn FnMut(&[String]) -> Result<()>,
    is_reason: &dyn Fn(&Error) -> bool,
) -> Result<Vec<(VersionId, Error)>> {
    let (mut parts, mut failed, mut attempts) = (vec![wants], Vec::new(), 0);
    while let Some(part) = parts.pop() {
        let ids: Vec<String> = part.iter().map(|(_, target)| target.to_string()).collect();
        let Err(error) = fetch(&ids) else { continue };
        attempts += 1;
        if attempts > ATTEMPTS || !is_reason(&error) {
            return Err(error);
        }
        match part {
            [(id, _)] => failed.push((id.clone(), error)),
            _ => parts.extend(part.chunks(part.len().div_ceil(2))),
        }
    }
    Ok(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;

    fn wants(number: u8) -> Vec<(VersionId, Oid)> {
        let one = |at: u8| (format!("s.t/c@1.0.{at}").parse().unwrap(), Oid::from_bytes(&[at; 20]).unwrap());
        (0..number).map(one).collect()
    }

    #[test]
    fn what_does_not_come_is_found_with_few_questions() {
        let wants = wants(200);
        let bad = [3, 150].map(|at: usize| wants[at].1.to_string());
        let (mut came, mut asked) = (Vec::new(), 0);
        let mut fetch = |ids: &[String]| {
            asked += 1;
            if ids.iter().any(|id| bad.contains(id)) {
                bail!("it is damaged");
            }
            came.extend_from_slice(ids);
            Ok(())
        };
        let failed = fetch_in_parts(&wants, &mut fetch, &|_| true).unwrap();
        let mut failed: Vec<String> = failed.into_iter().map(|(id, _)| id.to_string()).collect();
        failed.sort();
        assert_eq!(failed, ["s.t/c@1.0.150", "s.t/c@1.0.3"]);
        assert_eq!(came.len(), 198);
        assert!(asked < 40, "{asked}");
    }

    #[test]
    fn a_host_that_gives_nothing_is_not_asked_for_ever() {
        let mut asked = 0;
        let mut fetch = |_: &[String]| {
            asked += 1;
            bail!("no")
        };
        assert!(fetch_in_parts(&wants(250), &mut fetch, &|_| true).is_err());
        assert_eq!(asked, ATTEMPTS + 1);
        let mut fetch = |_: &[String]| bail!("who are you?");
        assert!(fetch_in_parts(&wants(2), &mut fetch, &|_| false).is_err());
    }
}
