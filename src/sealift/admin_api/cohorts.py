"""Cohorts: groups of a product's devices that get the same releases."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sealift.actions import catalog
from sealift.actions import fleet as actions
from sealift.domain.names import Kind
from sealift.domain.search import COHORTS as KEYS
from sealift.records.fleet import COHORTS
from sealift.web import fleet_shapes as shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.paging import PageQuery
from sealift.wire.admin import CohortChanges, CohortPage, NewCohort, OneCohort

router = APIRouter(prefix="/cohorts", tags=["cohorts"], route_class=CallerFirst)


@router.post("", status_code=201)
def create_a_cohort(by: ByCaller, body: NewCohort) -> OneCohort:
    """A cohort keeps its product for good, and is never deleted."""
    made = actions.create_cohort(by.system, by.actor, body.model_dump())
    return OneCohort(cohort=shapes.cohort(made))


@router.get("")
def list_cohorts(by: ByCaller, query: Annotated[PageQuery, Depends()]) -> CohortPage:
    """Search keys: `prn`, `organization_prn`, `product_prn`, `name`, `description`,
    `inserted_at`, `updated_at`.
    """
    listing = by.pages.listing("cohorts", query, KEYS)
    found = catalog.search(by.system, by.actor, COHORTS, listing)
    next_page = by.pages.after("cohorts", found, listing)
    shown = [shapes.cohort(row) for row in found.rows]
    return CohortPage(cohorts=shown, next_page=next_page)


@router.get("/{cohort_prn}")
def get_a_cohort(by: ByCaller, cohort_prn: str) -> OneCohort:
    """404 for what is not there and for what belongs to another organization alike."""
    row_id = by.own(Kind.COHORT, cohort_prn)
    return OneCohort(cohort=shapes.cohort(catalog.look(by.system, by.actor, COHORTS, row_id)))


@router.patch("/{cohort_prn}")
def update_a_cohort(by: ByCaller, cohort_prn: str, body: CohortChanges) -> OneCohort:
    """Changes the fields that are sent; null clears those that may be empty."""
    row_id = by.own(Kind.COHORT, cohort_prn)
    row = actions.update_cohort(by.system, by.actor, row_id, body.sent())
    return OneCohort(cohort=shapes.cohort(row))
