"""Reconciles the movements of a warehouse with what was found on its shelves."""

from stock.movements import Movement
from stock.reconcile import Reconciliation, reconcile
from stock.report import render

__all__ = ["Movement", "Reconciliation", "reconcile", "render"]
