"""What became of a release on its devices, and the devices that it gave up."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sealift.actions import reports as actions
from sealift.admin_api import update_shapes as shapes
from sealift.domain.names import Kind
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.distribution_shapes import device_report
from sealift.web.paging import PlainPageQuery
from sealift.wire.updates import (
    NewRetry,
    OneReleaseProgress,
    OneReleaseRetry,
    ReleaseRetry,
    ReportPage,
)

router = APIRouter(prefix="/releases", tags=["releases"], route_class=CallerFirst)


@router.get("/{release_prn}/progress")
def get_the_progress_of_a_release(by: ByCaller, release_prn: str) -> OneReleaseProgress:
    """Own: how many devices claimed it, run it, installed it, failed on it."""
    found = actions.progress(by.system, by.actor, by.own(Kind.RELEASE, release_prn))
    return OneReleaseProgress(progress=shapes.progress(release_prn, found))


@router.get("/{release_prn}/reports")
def list_reports_of_a_release(
    by: ByCaller, release_prn: str, query: Annotated[PlainPageQuery, Depends()]
) -> ReportPage:
    """Own: what devices said; of each device the newest twenty about a release are kept."""
    row_id = by.own(Kind.RELEASE, release_prn)
    listing = by.pages.listing("release_reports", query, {})
    found = actions.search(by.system, by.actor, row_id, listing)
    next_page = by.pages.after("release_reports", found, listing)
    return ReportPage(reports=[device_report(row) for row in found.rows], next_page=next_page)


@router.post("/{release_prn}/retries", status_code=201)
def offer_a_release_to_a_device_again(
    by: ByCaller, release_prn: str, body: NewRetry
) -> OneReleaseRetry:
    """Own: forgets how often the device failed on it, so that `retry_limit` begins anew."""
    row_id = by.own(Kind.RELEASE, release_prn)
    standing = actions.retry(by.system, by.actor, row_id, body.device_prn)
    retry = ReleaseRetry(
        release_prn=release_prn,
        device_prn=body.device_prn,
        outcome=standing.outcome if standing else None,
        failures=standing.failures if standing else 0,
    )
    return OneReleaseRetry(retry=retry)
