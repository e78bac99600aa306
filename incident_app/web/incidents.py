"""The incidents that a person may see; opening one; one on a page."""

from flask import Blueprint

bp = Blueprint("incidents", __name__)
