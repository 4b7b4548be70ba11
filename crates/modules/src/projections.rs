//! The projections of every module, for whoever opens the read model.

use convoy_readmodel::Projection;

/// One projection for each module, fresh.
pub fn projections() -> Vec<Box<dyn Projection>> {
    vec![
        Box::new(crate::membership::projection::MembershipProjection),
        Box::new(crate::custody::projection::CustodyProjection::default()),
    ]
}
