//! Joining what was changed in components' folders with the versions that came.

use super::placement::Placement;
use super::{InTheWay, Run};
use crate::ops::State;
use crate::ops::Work;
use crate::ops::merge::{carry_over, plan_work};
use anyhow::Result;

impl Run<'_> {
    /// Works out what becomes of the files. Nothing is written, and what can't be written is refused.
    pub(super) fn join(&self, placements: &mut [Placement], in_the_way: InTheWay) -> Result<Work> {
        let mut work = Work::default();
        let InTheWay::Join(on_conflict) = in_the_way else { return Ok(work) };
        if placements.iter().all(|place| place.joins.is_none()) {
            return Ok(work);
        }
        let state = State::load(self.workspace, self.progress)?;
        for place in placements {
            let (Some(join), Some(after)) = (&mut place.joins, &mut place.after) else { continue };
            let Some(at) = state.index_of(&after.id()) else { continue };
            let component = &state.components[at];
            let (from, to) = ((&join.from.0, join.from.1), (&join.to.0, join.to.1));
            (join.decisions, after.main_file) = carry_over(self.workspace, component, from, to, on_conflict)?;
            plan_work(self.workspace, component, &join.decisions, &mut work)?;
        }
        Ok(work)
    }
}
