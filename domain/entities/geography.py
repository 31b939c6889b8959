"""Roughly where on the globe an address is, and how far it is from another. Pure.

An address that carries its own latitude and longitude is taken by them. Others are taken to be in
the middle of their state (United States, Canada) or of their country, which is good enough to
choose between warehouses and for nothing else. What is not in the tables has no distance."""

from collections.abc import Mapping
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from typing import Any

EARTH_RADIUS_KM = 6371
Point = tuple[float, float]

_COUNTRIES = """
AE 24.0 54.0;AR -34.6 -64.2;AT 47.6 14.1;AU -33.0 146.0;BE 50.6 4.7;BG 42.8 25.2;BR -15.8 -47.9
CA 45.4 -75.7;CH 46.8 8.2;CL -33.4 -70.7;CN 33.0 113.0;CO 4.6 -74.1;CY 35.0 33.2;CZ 49.8 15.5
DE 51.2 10.4;DK 56.0 10.0;EE 58.7 25.5;EG 30.0 31.2;ES 40.2 -3.6;FI 61.9 25.7;FR 46.6 2.5
GB 52.6 -1.5;GR 38.5 23.0;HK 22.3 114.2;HR 45.4 16.0;HU 47.2 19.4;ID -6.2 106.8;IE 53.2 -8.0
IL 31.8 34.9;IN 21.1 78.0;IS 64.9 -18.6;IT 42.8 12.6;JP 35.7 138.0;KE -1.3 36.8;KR 36.6 127.8
LT 55.2 23.9;LU 49.8 6.1;LV 56.9 24.6;MA 33.0 -7.0;MT 35.9 14.4;MX 20.5 -100.5;MY 3.1 101.7
NG 8.0 7.5;NL 52.2 5.5;NO 60.5 9.0;NZ -40.5 174.5;PE -12.0 -77.0;PH 14.6 121.0;PL 52.1 19.4
PT 39.6 -8.2;RO 45.9 25.0;RS 44.0 20.8;SA 24.7 46.7;SE 59.5 15.5;SG 1.35 103.8;SI 46.1 14.8
SK 48.7 19.5;TH 13.8 100.5;TR 39.9 32.9;TW 24.0 121.0;UA 49.0 31.4;US 39.8 -98.6;UY -34.9 -56.2
VN 16.0 107.8;ZA -28.5 26.0
"""
_REGIONS = """
US-AL 32.8 -86.8;US-AK 61.4 -150.0;US-AZ 33.7 -111.9;US-AR 34.8 -92.4;US-CA 36.1 -119.7
US-CO 39.1 -105.3;US-CT 41.6 -72.8;US-DE 39.3 -75.5;US-DC 38.9 -77.0;US-FL 27.8 -81.7
US-GA 33.0 -83.6;US-HI 21.1 -157.5;US-ID 44.2 -114.5;US-IL 40.3 -89.0;US-IN 39.8 -86.3
US-IA 42.0 -93.2;US-KS 38.5 -96.7;US-KY 37.7 -84.7;US-LA 31.2 -91.9;US-ME 44.7 -69.4
US-MD 39.1 -76.8;US-MA 42.2 -71.5;US-MI 43.3 -84.5;US-MN 45.7 -93.9;US-MS 32.7 -89.7
US-MO 38.5 -92.3;US-MT 46.9 -110.5;US-NE 41.1 -98.3;US-NV 38.3 -117.1;US-NH 43.5 -71.6
US-NJ 40.3 -74.5;US-NM 34.8 -106.2;US-NY 42.2 -74.9;US-NC 35.6 -79.8;US-ND 47.5 -99.8
US-OH 40.4 -82.8;US-OK 35.6 -96.9;US-OR 44.6 -122.1;US-PA 40.6 -77.2;US-RI 41.7 -71.5
US-SC 33.9 -80.9;US-SD 44.3 -99.4;US-TN 35.7 -86.7;US-TX 31.1 -97.6;US-UT 40.2 -111.9
US-VT 44.0 -72.7;US-VA 37.8 -78.2;US-WA 47.4 -121.5;US-WV 38.5 -81.0;US-WI 44.3 -89.6
US-WY 42.8 -107.3;CA-AB 52.3 -113.8;CA-BC 49.5 -122.5;CA-MB 49.9 -97.2;CA-NB 46.1 -66.0
CA-NL 47.6 -53.5;CA-NS 44.7 -63.6;CA-ON 43.8 -79.5;CA-PE 46.3 -63.2;CA-QC 45.9 -73.2
CA-SK 51.2 -106.2
"""


def _read(table: str) -> dict[str, Point]:
    parts = (entry.split() for entry in table.replace("\n", ";").split(";") if entry)
    return {code: (float(latitude), float(longitude)) for code, latitude, longitude in parts}


COUNTRIES, REGIONS = _read(_COUNTRIES), _read(_REGIONS)


def point_of(address: Mapping[str, Any] | None) -> Point | None:
    """Where an address is (latitude, longitude in degrees); None when nothing says it."""
    if address is None:
        return None
    latitude, longitude = address.get("latitude"), address.get("longitude")
    if latitude is not None and longitude is not None:
        return float(latitude), float(longitude)
    country, region = address.get("country"), address.get("region")
    return REGIONS.get(f"{country}-{str(region).upper()}") or COUNTRIES.get(str(country))


@lru_cache(maxsize=65536)
def kilometres(one: Point, other: Point) -> int:
    """The way between two points along the globe, in whole kilometres."""
    (lat1, lon1), (lat2, lon2) = (
        (radians(latitude), radians(longitude)) for latitude, longitude in (one, other)
    )
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return round(2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half))))
