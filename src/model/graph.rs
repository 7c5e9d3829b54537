//! The dependency graph: order, cycles, who depends on whom. Nodes are plain indexes.

/// A directed graph: an edge goes from a component to what it depends on.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    edges: Vec<Vec<usize>>,
}

impl Graph {
    /// A graph of so many nodes and no edges.
    pub fn new(nodes: usize) -> Self {
        Self { edges: vec![Vec::new(); nodes] }
    }

    /// Says that `from` depends on `to`. Saying it twice changes nothing in the answers.
    pub fn add(&mut self, from: usize, to: usize) {
        self.edges[from].push(to);
    }

    /// What a node depends on.
    pub fn dependencies(&self, node: usize) -> &[usize] {
        &self.edges[node]
    }

    /// The same graph with every edge turned round: who depends on a node.
    pub fn reversed(&self) -> Self {
        let mut reversed = Self::new(self.edges.len());
        for (from, targets) in self.edges.iter().enumerate() {
            for &to in targets {
                reversed.add(to, from);
            }
        }
        reversed
    }

    /// Every node that can be reached from the given ones, themselves included, marked `true`.
    pub fn reachable(&self, from: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut seen = vec![false; self.edges.len()];
        let mut stack: Vec<usize> = from.into_iter().collect();
        while let Some(node) = stack.pop() {
            if !std::mem::replace(&mut seen[node], true) {
                stack.extend(self.edges[node].iter().copied().filter(|&next| !seen[next]));
            }
        }
        seen
    }

    /// Groups in dependency order: what a group depends on comes before it.
    /// A group has one node, or all the nodes of a cycle, sorted. (Tarjan, without recursion: chains are long.)
    pub fn order(&self) -> Vec<Vec<usize>> {
        let n = self.edges.len();
        let mut search = Search {
            index: vec![usize::MAX; n],
            low: vec![0; n],
            on_stack: vec![false; n],
            stack: Vec::new(),
            next: 0,
        };
        let mut groups = Vec::new();
        for root in 0..n {
            if search.index[root] == usize::MAX {
                self.visit(root, &mut search, &mut groups);
            }
        }
        groups
    }

    fn visit(&self, root: usize, search: &mut Search, groups: &mut Vec<Vec<usize>>) {
        let mut calls = vec![(root, 0)];
        search.enter(root);
        while let Some((node, edge)) = calls.pop() {
            match self.edges[node].get(edge) {
                Some(&next) => {
                    calls.push((node, edge + 1));
                    if search.index[next] == usize::MAX {
                        search.enter(next);
                        calls.push((next, 0));
                    } else if search.on_stack[next] {
                        search.low[node] = search.low[node].min(search.index[next]);
                    }
                }
                None => {
                    if search.low[node] == search.index[node] {
                        groups.push(search.leave(node));
                    }
                    if let Some(&(parent, _)) = calls.last() {
                        search.low[parent] = search.low[parent].min(search.low[node]);
                    }
                }
            }
        }
    }

    /// The cycles: groups of more than one node, and nodes that depend on themselves.
    pub fn cycles(&self) -> Vec<Vec<usize>> {
        let in_cycle = |group: &Vec<usize>| group.len() > 1 || self.edges[group[0]].contains(&group[0]);
        self.order().into_iter().filter(in_cycle).collect()
    }
}

struct Search {
    index: Vec<usize>,
    low: Vec<usize>,
    on_stack: Vec<bool>,
    stack: Vec<usize>,
    next: usize,
}

impl Search {
    fn enter(&mut self, node: usize) {
        self.index[node] = self.next;
        self.low[node] = self.next;
        self.next += 1;
        self.on_stack[node] = true;
        self.stack.push(node);
    }

    fn leave(&mut self, root: usize) -> Vec<usize> {
        let mut group = Vec::new();
        while let Some(node) = self.stack.pop() {
            self.on_stack[node] = false;
            group.push(node);
            if node == root {
                break;
            }
        }
        group.sort_unstable();
        group
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn graph(nodes: usize, edges: &[(usize, usize)]) -> Graph {
        let mut graph = Graph::new(nodes);
        edges.iter().for_each(|&(from, to)| graph.add(from, to));
        graph
    }

    #[test]
    fn dependencies_come_first_and_cycles_together() {
        assert_eq!(graph(3, &[(0, 1), (1, 2)]).order(), [[2], [1], [0]]);
        assert_eq!(graph(4, &[(0, 1), (1, 2), (2, 1), (3, 0)]).order(), vec![vec![1, 2], vec![0], vec![3]]);
        assert_eq!(graph(2, &[(0, 0)]).cycles(), [[0]]);
        assert!(graph(3, &[(0, 1), (0, 2), (1, 2)]).cycles().is_empty());
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let edges: Vec<_> = (1..100_000).map(|i| (i, i - 1)).collect();
        let order = graph(100_000, &edges).order();
        assert_eq!((order.len(), order[0][0]), (100_000, 0));
    }

    proptest! {
        #[test]
        fn the_order_is_right_for_any_graph(edges in proptest::collection::vec((0usize..12, 0usize..12), 0..40)) {
            let graph = graph(12, &edges);
            let mut place = [usize::MAX; 12];
            for (at, group) in graph.order().iter().enumerate() {
                for &node in group {
                    prop_assert_eq!(place[node], usize::MAX);
                    place[node] = at;
                }
            }
            for (from, to) in edges {
                let together = graph.reachable([to])[from];
                let right = if together { place[from] == place[to] } else { place[to] < place[from] };
                prop_assert!(right, "{} -> {}", from, to);
            }
        }
    }
}
