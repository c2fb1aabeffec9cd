"""Accounts, access tokens, and refresh tokens: rotation, reuse, expiry, logout."""

import concurrent.futures
import re
import stat
import time

import pytest

import behind
from behind import MICROSECONDS, sql
from client import Client, expect, field_errors
from luot import Server


def in_parallel(count, call):
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def refresh(client, token):
    return client.post("/auth/refresh", {"refresh_token": token})


def successor(client, token):
    return expect(refresh(client, token), 200)["refresh_token"]


def account(name):
    return {"username": name, "email": f"{name}@example.org", "password": "correct horse"}


def move_tokens(server, user, column, seconds):
    """Moves a time of all refresh tokens of a user into the past."""
    sql(
        server, f"update refresh_tokens set {column} = {column} - ? where user_id = ?",
        seconds * MICROSECONDS, behind.decode_id(user.user["id"]),
    )  # fmt: skip


def test_register_signs_in(server, anonymous):
    session = expect(anonymous.post("/auth/register", account("Lan.1")), 201)
    assert session["user"]["username"] == "Lan.1"
    assert session["user"]["email"] == "lan.1@example.org"
    assert (session["token_type"], session["expires_in"]) == ("Bearer", 900)
    assert expect(Client(server.url, session["access_token"]).get("/me"), 200) == session["user"]


def test_names_and_addresses_ignore_case(anonymous):
    expect(anonymous.post("/auth/register", account("Case.Name")), 201)
    other_address = account("CASE.name") | {"email": "other.case@example.org"}
    expect(anonymous.post("/auth/register", other_address), 409, "username_taken")
    other_name = account("case.other") | {"email": "CASE.NAME@Example.Org"}
    expect(anonymous.post("/auth/register", other_name), 409, "email_taken")
    login = {"email": "Case.NAME@example.org", "password": "correct horse"}
    assert expect(anonymous.post("/auth/login", login), 200)["user"]["username"] == "Case.Name"
    assert expect(anonymous.get("/users/cAsE.nAmE"), 200)["username"] == "Case.Name"


def test_one_of_many_concurrent_registrations_wins(server):
    def register(i):
        return Client(server.url).post("/auth/register", account("popular") | {"email": f"p{i}@example.org"})

    answers = in_parallel(12, register)
    assert sorted(a.status_code for a in answers) == [201] + [409] * 11
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"username_taken"}


@pytest.mark.parametrize("name", ["has space", "ư" * 3, "a@b", "a/b", "..%", "<b>"])
def test_names_have_plain_characters(anonymous, name):
    body = account("plain") | {"username": name}
    assert field_errors(anonymous.post("/auth/register", body))["username"] == "invalid"


@pytest.mark.parametrize("address", ["nobody", "@x", "x@", "a@b@c", "a b@c", "a@b\tc"])
def test_addresses_have_one_at_sign(anonymous, address):
    body = account("addressee") | {"email": address}
    assert field_errors(anonymous.post("/auth/register", body))["email"] in ("invalid", "too_short")


def test_passwords_are_taken_as_they_are(anonymous):
    body = account("spaced") | {"password": "  ự spaced  "}
    expect(anonymous.post("/auth/register", body), 201)
    login = {"email": body["email"], "password": body["password"]}
    expect(anonymous.post("/auth/login", login), 200)
    expect(anonymous.post("/auth/login", login | {"password": "ự spaced"}), 401, "invalid_credentials")


def test_wrong_password_and_unknown_address_look_the_same(anonymous, user):
    answers = [
        anonymous.post("/auth/login", {"email": email, "password": "wrong"}).json()
        for email in (user.user["email"], "nobody@example.org")
    ]
    for answer in answers:
        answer.pop("request_id")
    assert answers[0] == answers[1] and answers[0]["code"] == "invalid_credentials"


def test_passwords_are_kept_as_argon2id(server, user):
    [(kept,)] = sql(server, "select password_hash from users where email = ?", user.user["email"])
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_refresh_tokens_are_kept_hashed(server, user):
    rows = sql(server, "select * from refresh_tokens")
    assert rows and not any(user.refresh_token in str(row) for row in rows)


@pytest.mark.embedded_only("the secret is given")
def test_secret_and_data_are_private(server):
    assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.data_dir / "secret").stat().st_mode) == 0o600


def test_refresh_rotates(user):
    second = successor(user, user.refresh_token)
    third = successor(user, second)
    assert len({user.refresh_token, second, third}) == 3
    session = expect(refresh(user, third), 200)
    assert expect(Client(user.url, session["access_token"]).get("/me"), 200) == user.user


def test_a_repeat_within_half_a_minute_gets_the_same_successor(user):
    first, again = successor(user, user.refresh_token), successor(user, user.refresh_token)
    assert first == again
    assert successor(user, first) == successor(user, again)
    # Two generations back, but still within its time: the lost answer may be an old one.
    assert successor(user, user.refresh_token) == first


def test_concurrent_refreshes_agree(server, user):
    answers = in_parallel(8, lambda _: refresh(Client(server.url), user.refresh_token))
    assert len({expect(answer, 200)["refresh_token"] for answer in answers}) == 1


def test_later_reuse_ends_the_family(server, user):
    login = {"email": user.user["email"], "password": "correct horse"}
    other_family = expect(user.post("/auth/login", login), 200)["refresh_token"]
    second = successor(user, user.refresh_token)
    move_tokens(server, user, "rotated_at", 31)
    expect(refresh(user, user.refresh_token), 401, "invalid_refresh_token")
    expect(refresh(user, second), 401, "invalid_refresh_token")
    expect(refresh(user, other_family), 200)


def test_refresh_tokens_expire(server, user):
    move_tokens(server, user, "expires_at", 30 * 86400 - 60)
    second = successor(user, user.refresh_token)
    move_tokens(server, user, "expires_at", 30 * 86400 + 60)
    expect(refresh(user, second), 401, "invalid_refresh_token")


def test_logout_ends_the_family_and_can_be_repeated(user):
    second = successor(user, user.refresh_token)
    for _ in range(2):
        expect(user.post("/auth/logout", {"refresh_token": user.refresh_token}), 204)
    for token in (user.refresh_token, second):
        expect(refresh(user, token), 401, "invalid_refresh_token")
    expect(user.post("/auth/logout", {"refresh_token": "never issued"}), 204)


COOKIE = {"Luot-Session": "cookie"}


def cookie_session(answer, status=200):
    """The refresh token that was set as a cookie, after a look at how."""
    assert expect(answer, status)["refresh_token"] is None
    value, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert attributes == ["Path=/auth", "Max-Age=2592000", "HttpOnly", "SameSite=Strict"]
    name, token = value.split("=")
    assert name == "luot_refresh" and token not in answer.text
    return token


def test_the_web_keeps_its_session_in_a_cookie_that_scripts_cannot_read(server):
    anonymous = Client(server.url)
    body = {"username": "cookie.eater", "email": "eater@example.org", "password": "correct horse"}
    cookie_session(anonymous.post("/auth/register", body, headers=COOKIE), 201)
    login = {"email": body["email"], "password": body["password"]}
    first = cookie_session(anonymous.post("/auth/login", login, headers=COOKIE))
    # requests keeps no cookie for another path; each call here carries what a browser would.
    second = cookie_session(anonymous.post("/auth/refresh", {}, headers=COOKIE | {"Cookie": f"luot_refresh={first}"}))
    assert second != first
    again = cookie_session(anonymous.post("/auth/refresh", {}, headers=COOKIE | {"Cookie": f"luot_refresh={first}"}))
    assert again == second, "two tabs at once"
    ended = anonymous.post("/auth/logout", {}, headers=COOKIE | {"Cookie": f"luot_refresh={second}"})
    expect(ended, 204)
    assert ended.headers["Set-Cookie"].startswith("luot_refresh=; Path=/auth; Max-Age=0;")
    gone = anonymous.post("/auth/refresh", {}, headers=COOKIE | {"Cookie": f"luot_refresh={second}"})
    expect(gone, 401, "invalid_refresh_token")


@pytest.mark.parametrize("path", ["/auth/refresh", "/auth/logout"])
def test_a_cookie_alone_does_nothing(user, path):
    """A page of another site can make a browser send the cookie, but not the header."""
    stolen = {"Cookie": f"luot_refresh={user.refresh_token}"}
    for header in ({}, {"Luot-Session": "Cookie"}, {"Luot-Session": ""}):
        answer = Client(user.url).post(path, {}, headers=stolen | header)
        expect(answer, 403, "session_header_required")
    expect(Client(user.url).post(path, {}, headers=COOKIE), 401, "invalid_refresh_token")
    expect(refresh(user, user.refresh_token), 200)


def test_the_cookie_is_for_https_alone_where_the_page_is(tmp_path):
    with Server(tmp_path / "data", LUOT_PUBLIC_URL="https://video.example.org") as server:
        body = {"username": "secure", "email": "s@example.org", "password": "correct horse"}
        answer = Client(server.url).post("/auth/register", body, headers=COOKIE)
        assert answer.headers["Set-Cookie"].endswith("; HttpOnly; SameSite=Strict; Secure")
        assert Client(server.url).post("/viewers", headers=COOKIE).headers["Set-Cookie"].endswith("; Secure")


def test_an_account_is_guessed_at_slowly_from_however_many_addresses(tmp_path):
    with Server(tmp_path / "data", LUOT_RATE_LIMITS="on", LUOT_TRUSTED_PROXIES="127.0.0.0/8") as server:
        client = Client(server.url).register()

        def login(number, email, password="wrong"):
            body = {"email": email, "password": password}
            return client.post("/auth/login", body, headers={"X-Forwarded-For": f"203.0.113.{number}"})

        email = client.user["email"]
        for number in range(30):
            expect(login(number, email, "correct horse"), 200)  # these are no guesses
        for number in range(20):
            expect(login(number, email.upper() if number % 2 else email), 401, "invalid_credentials")
        refused = login(100, email, "correct horse")
        expect(refused, 429, "rate_limited")
        assert 1 <= int(refused.headers["Retry-After"]) <= 30
        expect(login(100, "somebody.else@example.org"), 401, "invalid_credentials")


def test_access_tokens_expire(server, user):
    def with_expiry(expiry):
        return Client(server.url, behind.access_token(server, user.token, exp=expiry)).get("/me")

    expect(with_expiry(int(time.time()) + 60), 200)
    expired = expect(with_expiry(int(time.time()) - 1), 401, "invalid_token")
    assert "expired" in expired["detail"]


def test_forged_access_tokens_are_refused(server, user):
    header, payload, signature = user.token.split(".")
    other = Client(server.url).register()
    none = behind.encoded(b'{"alg":"none","typ":"JWT"}')
    forged = [
        f"{header}.{payload}.{signature[:-2]}",
        f"{header}.{other.token.split('.')[1]}.{signature}",
        f"{none}.{payload}.",
        f"{none}.{payload}.{signature}",
        f"{header}.{payload}",
        f"{header}.{payload}.{signature}.{signature}",
        behind.access_token(server, user.token, sub="AAAA"),
        behind.access_token(server, user.token, exp=None),
        user.refresh_token,
        "a" * 5000,
        "..",
    ]
    for token in forged:
        # Where signing in is optional, too: a client with a bad token is to refresh it.
        for path in ("/me", "/feed"):
            answer = Client(server.url, token).get(path)
            expect(answer, 401, "invalid_token")
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_token_of_an_account_that_is_gone(server, user):
    sql(server, "delete from users where id = ?", behind.decode_id(user.user["id"]))
    expect(user.get("/me"), 401, "invalid_token")
    body = {"title": "t", "filename": "f.mp4", "content_type": "video/mp4", "size": 1}
    expect(user.post("/videos/upload", body), 401, "invalid_token")


def test_password_hashing_is_bounded(server):
    """Beyond what may wait for the pool, sign-ins are refused at once, and the rest of the API goes on."""

    def login(_):
        body = {"email": "nobody@example.org", "password": "wrong"}
        return Client(server.url).post("/auth/login", body, timeout=60)

    with concurrent.futures.ThreadPoolExecutor(120) as pool:
        answers = [pool.submit(login, i) for i in range(120)]
        started = time.monotonic()
        expect(Client(server.url).get("/feed"), 200)
        assert time.monotonic() - started < 2
    codes = [answer.result().json()["code"] for answer in answers]
    refused = [answer.result() for answer in answers if answer.result().status_code == 503]
    assert refused and set(codes) == {"overloaded", "invalid_credentials"}
    assert all(re.fullmatch(r"\d+", answer.headers["Retry-After"]) for answer in refused)
