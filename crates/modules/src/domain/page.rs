//! Pages of rows of which some may be kept from the reader.

use convoy_readmodel::Result;

/// Rows that one page looks at: past it the page is short, and says where to go on.
const EXAMINED_MAX: usize = 20_000;

/// At most `limit` of the rows after `after` that are shown, and where to go on; nothing at the end.
///
/// `fetch` gives the next rows after a key, at most as many as asked for, each with its key; `show` makes of a row what the reader sees,
/// nothing where it is kept from the reader. So rows are left out before they are counted.
///
/// # Errors
/// Those of `fetch` and `show`.
pub fn page<R, V, K: Clone>(
    limit: usize,
    after: K,
    mut fetch: impl FnMut(&K, usize) -> Result<Vec<(K, R)>>,
    mut show: impl FnMut(R) -> Result<Option<V>>,
) -> Result<(Vec<V>, Option<K>)> {
    let most = limit.saturating_add(1).min(EXAMINED_MAX);
    let (mut shown, mut last, mut examined) = (Vec::new(), after, 0);
    loop {
        let rows = fetch(&last, most)?;
        let ended = rows.len() < most;
        for (key, row) in rows {
            if shown.len() == limit && examined < EXAMINED_MAX {
                // Only what is shown counts as more.
                if show(row)?.is_some() {
                    return Ok((shown, Some(last)));
                }
            } else {
                shown.extend(show(row)?);
                last = key;
            }
            examined += 1;
            if examined >= EXAMINED_MAX {
                return Ok((shown, Some(last)));
            }
        }
        if ended {
            return Ok((shown, None));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(limit: usize, after: u32, shown: fn(u32) -> bool) -> (Vec<u32>, Option<u32>) {
        let fetch = |after: &u32, most: usize| {
            let rows = (*after + 1..=50).take(most);
            Ok(rows.map(|row| (row, row)).collect())
        };
        page(limit, after, fetch, |row| Ok(shown(row).then_some(row))).unwrap()
    }

    #[test]
    fn what_is_kept_is_neither_counted_nor_a_reason_to_go_on() {
        assert_eq!(of(3, 0, |_| true), (vec![1, 2, 3], Some(3)));
        assert_eq!(of(3, 47, |_| true), (vec![48, 49, 50], None));
        assert_eq!(of(3, 0, |row| row % 10 == 0), (vec![10, 20, 30], Some(30)));
        assert_eq!(of(3, 30, |row| row % 10 == 0), (vec![40, 50], None));
        assert_eq!(of(2, 30, |row| row % 10 == 0), (vec![40, 50], None));
        assert_eq!(of(3, 0, |_| false), (vec![], None));
    }

    #[test]
    fn no_limit_is_so_large_that_more_is_fetched_than_looked_at() {
        for limit in [EXAMINED_MAX, usize::MAX / 2, usize::MAX] {
            let fetch = |after: &u32, most: usize| {
                assert!((1..=EXAMINED_MAX).contains(&most), "{most}");
                Ok((*after + 1..=50).map(|row| (row, row)).collect())
            };
            let all = page(limit, 0, fetch, |row| Ok(Some(row))).unwrap();
            assert_eq!(all, (Vec::from_iter(1..=50_u32), None), "{limit}");
        }
    }
}
