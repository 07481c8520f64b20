"""Where data may lie: a residency is a country, a comma list of countries, or a named group.

Groups change with treaties, so each carries the date from which its list holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import AfterValidator

# ISO 3166-1 alpha-2, officially assigned codes (2024).
COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
    BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI
    FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN
    IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
    PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE
    YT ZA ZM ZW
    """.split()  # noqa: SIM905 (a table of codes, not 249 quoted lines)
)

ANY = "ANY"


@dataclass(frozen=True)
class Group:
    """A named set of countries and the day since which it is this set."""

    name: str
    since: date
    countries: frozenset[str]


_EU = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())  # noqa: SIM905

GROUPS = {
    # Treaty on European Union after the United Kingdom left (OJ L 29, 31.1.2020).
    "EU": Group("EU", date(2020, 2, 1), _EU),
    # Agreement on the European Economic Area: the EU, Iceland, Liechtenstein, Norway.
    "EEA": Group("EEA", date(2020, 2, 1), _EU | {"IS", "LI", "NO"}),
}


def normal_residency(value: str) -> str:
    """The canonical spelling: upper case, no blanks, sorted, without repeats. Raises ValueError."""
    parts = sorted({part.strip().upper() for part in value.split(",")})
    unknown = [part for part in parts if part not in COUNTRIES and part not in GROUPS and part != ANY]
    if unknown:
        raise ValueError(
            "a residency is an ISO 3166 country code such as FI, a comma list of them, EU, EEA or ANY"
        )
    if ANY in parts and len(parts) > 1:
        raise ValueError("ANY stands alone")
    return ",".join(parts)


def allowed_countries(residency: str) -> frozenset[str] | None:
    """The countries of a residency; None where any country will do. Raises ValueError."""
    normal = normal_residency(residency)
    if normal == ANY:
        return None
    countries: set[str] = set()
    for part in normal.split(","):
        countries |= GROUPS[part].countries if part in GROUPS else {part}
    return frozenset(countries)


def residency_allows(residency: str, country: str | None) -> bool:
    """Whether data of this residency may lie in this country; an unknown country only under ANY."""
    allowed = allowed_countries(residency)
    return allowed is None or (country is not None and country in allowed)


def check_country(value: str) -> str:
    """An officially assigned ISO 3166-1 alpha-2 code, in upper case. Raises ValueError."""
    code = value.strip().upper()
    if code not in COUNTRIES:
        raise ValueError("not an ISO 3166-1 alpha-2 country code (two letters, such as FI)")
    return code


Residency = Annotated[str, AfterValidator(normal_residency)]
Country = Annotated[str, AfterValidator(check_country)]
