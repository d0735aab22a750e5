"""Products: types of device, each with its cohorts and devices."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sealift.actions import catalog
from sealift.actions import fleet as actions
from sealift.domain.names import Kind
from sealift.domain.search import PRODUCTS as KEYS
from sealift.records.fleet import PRODUCTS
from sealift.web import fleet_shapes as shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.paging import PageQuery
from sealift.wire.admin import (
    NewlyMadeProduct,
    NewProduct,
    OneProduct,
    ProductChanges,
    ProductPage,
)

router = APIRouter(prefix="/products", tags=["products"], route_class=CallerFirst)


@router.post("", status_code=201)
def create_a_product(by: ByCaller, body: NewProduct) -> NewlyMadeProduct:
    """A product comes before its cohorts and devices, and is never deleted."""
    made = actions.create_product(by.system, by.actor, body.model_dump())
    return NewlyMadeProduct(product=shapes.product(made))


@router.get("")
def list_products(by: ByCaller, query: Annotated[PageQuery, Depends()]) -> ProductPage:
    """Search keys: `prn`, `organization_prn`, `name`, `archived`, `deleted_at`, `inserted_at`,
    `updated_at`.
    """
    listing = by.pages.listing("products", query, KEYS)
    found = catalog.search(by.system, by.actor, PRODUCTS, listing)
    next_page = by.pages.after("products", found, listing)
    shown = [shapes.product(row) for row in found.rows]
    return ProductPage(products=shown, next_page=next_page)


@router.get("/{product_prn}")
def get_a_product(by: ByCaller, product_prn: str) -> OneProduct:
    """404 for what is not there and for what belongs to another organization alike."""
    row_id = by.own(Kind.PRODUCT, product_prn)
    return shapes.one_product(catalog.look(by.system, by.actor, PRODUCTS, row_id))


@router.patch("/{product_prn}")
def update_a_product(by: ByCaller, product_prn: str, body: ProductChanges) -> OneProduct:
    """Changes the fields that are sent. Archiving is refused with 409 while the product has
    devices that are not archived; an archived product takes no new ones.
    """
    row_id = by.own(Kind.PRODUCT, product_prn)
    return shapes.one_product(actions.update_product(by.system, by.actor, row_id, body.sent()))
