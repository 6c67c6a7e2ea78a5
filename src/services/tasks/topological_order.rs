//! Topological order of a graph of dependencies.

/// Returns the items in an order in which the parents of each come before it. Fails with the items of a cycle: each is
/// followed by one of its parents, and the first item is repeated at the end.
///
/// `parents` has, for each item, the indices of the items that it depends on. The cost is one pass over them.
pub(crate) fn parents_first(parents: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut children = vec![Vec::new(); parents.len()];
    let mut waits_for: Vec<usize> = parents.iter().map(Vec::len).collect();
    for (item, parents) in parents.iter().enumerate() {
        parents
            .iter()
            .for_each(|&parent| children[parent].push(item));
    }
    let mut order: Vec<usize> = (0..parents.len()).filter(|&i| waits_for[i] == 0).collect();
    let mut next = 0;
    while let Some(&item) = order.get(next) {
        next += 1;
        for &child in &children[item] {
            waits_for[child] -= 1;
            if waits_for[child] == 0 {
                order.push(child);
            }
        }
    }
    match waits_for.iter().position(|&left| left > 0) {
        None => Ok(order),
        Some(stuck) => Err(cycle_above(stuck, parents, &waits_for)),
    }
}

/// Returns the cycle that is reached from a stuck item: each stuck item has a stuck parent, so going up ends in a
/// cycle.
fn cycle_above(mut item: usize, parents: &[Vec<usize>], waits_for: &[usize]) -> Vec<usize> {
    let mut path = Vec::new();
    let mut seen = vec![false; parents.len()];
    while !seen[item] {
        seen[item] = true;
        path.push(item);
        let stuck = parents[item].iter().find(|&&parent| waits_for[parent] > 0);
        item = stuck.copied().unwrap_or(item);
    }
    path.push(item);
    let begin = path.iter().position(|&one| one == item).unwrap_or(0);
    path.split_off(begin)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cycle_is_told_from_what_leads_to_it() {
        // 0 waits for 1, which waits for 2, which waits for 1; 3 is free.
        let parents = [vec![1], vec![3, 2], vec![1], vec![]];
        assert_eq!(parents_first(&parents), Err(vec![1, 2, 1]));
        assert_eq!(parents_first(&[vec![0]]), Err(vec![0, 0]));
        assert_eq!(parents_first(&[]), Ok(vec![]));
    }

    fn graph() -> impl Strategy<Value = Vec<Vec<usize>>> {
        (1..12_usize).prop_flat_map(|items| {
            let parents = proptest::collection::btree_set(0..items, 0..3);
            proptest::collection::vec(parents.prop_map(Vec::from_iter), items)
        })
    }

    proptest! {
        #[test]
        fn an_order_has_parents_first_and_a_cycle_is_one(parents in graph()) {
            match parents_first(&parents) {
                Ok(order) => {
                    let mut sorted = order.clone();
                    sorted.sort_unstable();
                    prop_assert_eq!(sorted, Vec::from_iter(0..parents.len()));
                    let place = |item| order.iter().position(|&one| one == item);
                    for (item, parents) in parents.iter().enumerate() {
                        prop_assert!(parents.iter().all(|&parent| place(parent) < place(item)));
                    }
                }
                Err(cycle) => {
                    prop_assert!(cycle.len() > 1 && cycle.first() == cycle.last());
                    prop_assert!(cycle.windows(2).all(|step| parents[step[0]].contains(&step[1])));
                }
            }
        }
    }
}
