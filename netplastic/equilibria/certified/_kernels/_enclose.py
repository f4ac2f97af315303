"""Interval evaluation and contraction of the reduced equations on a box.

Row i of the system (docs/theory.md#section-2; groups as in `table`):

    F_i(x) = x_i - b_i - sum_g (A_g + R_g(V_i) T_g)
    A_g = sum_arcs s_a V_j,    T_g = sum_arcs c_a q_j(V_j),
    R_g = post_i(V_i) / (gamma_i + zeta_g V_i^2)

with q_j(V) = V pre_j(V). The box in `t` is kept as activities, rates (never wider than phi of the
activities), slopes of phi and q, all refreshed together.
"""

from __future__ import annotations

import math

from netplastic._support import FloatArray, borrowing, merged

from ._buffers import Pattern
from ._interval import (
    activate,
    add,
    divide,
    down,
    inverse_down,
    inverse_up,
    multiply,
    quadratic,
    slope_range,
    subtract,
    up,
)
from ._table import (
    BIAS,
    C_HIGH,
    C_LOW,
    DH,
    DL,
    FREE,
    GAIN,
    GAMMA,
    KIND,
    POST0,
    POST1,
    POST2,
    PRE0,
    PRE1,
    QH,
    QL,
    S_HIGH,
    S_LOW,
    THRESHOLD,
    VH,
    VL,
    XH,
    XL,
    ZETA,
    System,
)

__all__ = [
    "contract",
    "factor",
    "factor_slope",
    "gather",
    "q_slope",
    "rate_from_q",
    "refresh",
    "row_at",
    "tighten",
]

_jit = borrowing

SWEEPS = 4  # of one contraction, at most


@_jit
def refresh(t: FloatArray, i: int, keep: bool) -> bool:
    """Recompute rates, slopes and q of node i from its activity; False when nothing is left.

    With `keep` the rates are intersected with those already there (after a contraction); without,
    they are replaced (a new box).
    """
    gain, threshold, kind = t[i, GAIN], t[i, THRESHOLD], t[i, KIND]
    low = activate(kind, gain, threshold, t[i, XL])
    high = activate(kind, gain, threshold, t[i, XH])
    if keep:
        t[i, VL] = max(t[i, VL], low[0])
        t[i, VH] = min(t[i, VH], high[1])
        if t[i, VL] > t[i, VH]:
            return False
    else:
        t[i, VL], t[i, VH] = low[0], high[1]
    ends = (low[2], low[3], high[2], high[3])
    t[i, DL], t[i, DH] = slope_range(gain, kind, threshold, t[i, XL], t[i, XH], ends)
    t[i, QL], t[i, QH] = quadratic(0.0, t[i, PRE0], t[i, PRE1], t[i, VL], t[i, VH])
    return True


@_jit
def tighten(t: FloatArray, i: int, low: float, high: float) -> bool:
    """Intersect the rate of node i with [low, high]; False when nothing is left."""
    changed = False
    gain, threshold, kind = t[i, GAIN], t[i, THRESHOLD], t[i, KIND]
    if low > t[i, VL]:
        t[i, VL] = low
        t[i, XL] = max(t[i, XL], inverse_down(kind, gain, threshold, low))
        changed = True
    if high < t[i, VH]:
        t[i, VH] = high
        t[i, XH] = min(t[i, XH], inverse_up(kind, gain, threshold, high))
        changed = True
    if t[i, VL] > t[i, VH] or t[i, XL] > t[i, XH]:
        return False
    return not changed or refresh(t, i, True)


@_jit
def rate_from_q(t: FloatArray, i: int, ql: float, qh: float) -> tuple[float, float]:
    """Rates V of node i with q_i(V) in [ql, qh], on a box over which q_i is monotone.

    q = V (p + r V) gives V = (-p +- sqrt(p^2 + 4 r q)) / (2 r), the sign being that of dq/dV; for
    r = 0, V = q / p. An empty interval (1, -1) says that there is none.
    """
    p, r = t[i, PRE0], t[i, PRE1]
    if r == 0.0:
        return divide(ql, qh, p, p)
    rising = p + 2.0 * r * 0.5 * (t[i, VL] + t[i, VH]) > 0.0
    low, high = multiply(ql, qh, 4.0 * r, 4.0 * r)
    if p != 0.0:
        sl, sh = multiply(p, p, p, p)
        low, high = add(low, high, sl, sh)
    if high < 0.0:
        return 1.0, -1.0
    low, high = max(0.0, down(math.sqrt(max(0.0, low)))), up(math.sqrt(high))
    if not rising:
        low, high = -high, -low
    if p != 0.0:
        low, high = subtract(low, high, p, p)
    return divide(low, high, 2.0 * r, 2.0 * r)


@merged
def q_slope(t: FloatArray, i: int) -> tuple[float, float]:
    """dq_i/dV over the box."""
    return quadratic(t[i, PRE0], 2.0 * t[i, PRE1], 0.0, t[i, VL], t[i, VH])


@merged
def gather(
    t: FloatArray, system: System, first: int, last: int
) -> tuple[float, float, float, float]:
    """Inputs through one group of arcs: (A lower, A upper, T lower, T upper)."""
    al = ah = tl = th = 0.0
    for a in range(first, last):
        j = system.source[a]
        cl, ch = system.arcs[a, C_LOW], system.arcs[a, C_HIGH]
        if cl != 0.0 or ch != 0.0:
            p, q = multiply(cl, ch, t[j, QL], t[j, QH])
            tl, th = down(tl + p), up(th + q)
        sl, sh = system.arcs[a, S_LOW], system.arcs[a, S_HIGH]
        if sl != 0.0 or sh != 0.0:
            p, q = multiply(sl, sh, t[j, VL], t[j, VH])
            al, ah = down(al + p), up(ah + q)
    return al, ah, tl, th


@merged
def factor(t: FloatArray, i: int, zeta: float, vl: float, vh: float) -> tuple[float, float]:
    """R_g over [vl, vh]; the whole line where the decay may vanish."""
    p0, p1, p2 = t[i, POST0], t[i, POST1], t[i, POST2]
    if zeta == 0.0:
        if p0 == 0.0 and p1 == 1.0 and p2 == 0.0:
            pl, ph = vl, vh
        else:
            pl, ph = quadratic(p0, p1, p2, vl, vh)
        if t[i, GAMMA] == 1.0:
            return pl, ph
        return divide(pl, ph, t[i, GAMMA], t[i, GAMMA])
    pl, ph = quadratic(p0, p1, p2, vl, vh)
    dl, dh = quadratic(t[i, GAMMA], 0.0, zeta, vl, vh)
    return divide(pl, ph, dl, dh)


@merged
def factor_slope(t: FloatArray, i: int, zeta: float, vl: float, vh: float) -> tuple[float, float]:
    """dR_g/dV over [vl, vh]: (post' - 2 R zeta V) / decay."""
    gamma, p1, p2 = t[i, GAMMA], t[i, POST1], t[i, POST2]
    if zeta == 0.0 and p2 == 0.0 and gamma == 1.0:
        return p1, p1
    al, ah = quadratic(p1, 2.0 * p2, 0.0, vl, vh)
    if zeta == 0.0:
        return divide(al, ah, gamma, gamma)
    dl, dh = quadratic(gamma, 0.0, zeta, vl, vh)
    if dl <= 0.0 <= dh:
        return -math.inf, math.inf
    if t[i, POST0] == 0.0 and p2 == 0.0:
        # p1 (gamma - zeta V^2) / decay^2, sharper because V enters through its square only
        nl, nh = quadratic(gamma, 0.0, -zeta, vl, vh)
        nl, nh = multiply(nl, nh, p1, p1)
        nl, nh = divide(nl, nh, dl, dh)
        return divide(nl, nh, dl, dh)
    rl, rh = factor(t, i, zeta, vl, vh)
    rl, rh = multiply(rl, rh, vl, vh)
    rl, rh = multiply(rl, rh, 2.0 * zeta, 2.0 * zeta)
    nl, nh = subtract(al, ah, rl, rh)
    return divide(nl, nh, dl, dh)


@_jit
def contract(
    t: FloatArray,
    system: System,
    pattern: Pattern,
    dirty: FloatArray,
) -> bool:
    """Tighten the box row by row; False when it holds no root.

    Only dirty rows are treated. `dirty` (n, 2) holds the flag and the width of a node's rate when
    its readers were last told; a width that has shrunk by 2 % makes the node and its readers dirty.
    """
    n = len(t)
    for _ in range(SWEEPS):
        again = False
        for i in range(n):
            if dirty[i, 0] == 0.0:
                continue
            dirty[i, 0] = 0.0
            if t[i, FREE] != 0.0:
                continue
            if not _contract_row(t, system, i):
                return False
            if _tell(t, i, pattern, dirty):
                again = True
            for a in range(system.group[system.row[i]], system.group[system.row[i + 1]]):
                if _tell(t, system.source[a], pattern, dirty):
                    again = True
        if not again:
            break
    return True


@merged
def _tell(t: FloatArray, j: int, pattern: Pattern, dirty: FloatArray) -> bool:
    width = t[j, VH] - t[j, VL]
    if width > 0.98 * dirty[j, 1]:
        return False
    dirty[j, 1] = width
    dirty[j, 0] = 1.0
    for e in range(pattern.first_reader[j], pattern.first_reader[j + 1]):
        dirty[pattern.reader[e], 0] = 1.0
    return True


@_jit
def _contract_row(t: FloatArray, system: System, i: int) -> bool:
    """Contract node i from its own equation, then the sources of its arcs."""
    first, last = system.row[i], system.row[i + 1]
    if last == first + 1:
        g = first
        al, ah, tl, th = gather(t, system, system.group[g], system.group[g + 1])
        zeta = system.arcs[system.group[g], ZETA]
        rl, rh = factor(t, i, zeta, t[i, VL], t[i, VH])
        if math.isinf(rl) or math.isinf(rh):
            return _crosses_pole(t, system, i)
        al, ah = add(al, ah, t[i, BIAS], t[i, BIAS])
        pl, ph = multiply(rl, rh, tl, th)
        pl, ph = add(pl, ph, al, ah)
        sl, sh = factor_slope(t, i, zeta, t[i, VL], t[i, VH])
        sl, sh = multiply(sl, sh, tl, th)
        sl, sh = multiply(sl, sh, t[i, DL], t[i, DH])
        sl, sh = subtract(1.0, 1.0, sl, sh)
        changed = False
        if pl > t[i, XL]:
            t[i, XL] = pl
            changed = True
        if ph < t[i, XH]:
            t[i, XH] = ph
            changed = True
        if t[i, XL] > t[i, XH]:
            return False
        fl, fh = _single_at(t, i, zeta, t[i, XL], al, ah, tl, th)
        moved = _from_below(t[i, XL], fl, fh, sl, sh)
        if moved > t[i, XL]:
            t[i, XL] = moved
            changed = True
        if t[i, XL] > t[i, XH]:
            return False
        fl, fh = _single_at(t, i, zeta, t[i, XH], al, ah, tl, th)
        moved = _from_above(t[i, XH], fl, fh, sl, sh)
        if moved < t[i, XH]:
            t[i, XH] = moved
            changed = True
        if t[i, XL] > t[i, XH]:
            return False
        if changed and not refresh(t, i, True):
            return False
        return _contract_sources(t, system, system.group[g], system.group[g + 1], i, al, ah, tl, th)
    return _contract_groups(t, system, i)


@merged
def _single_at(
    t: FloatArray,
    i: int,
    zeta: float,
    x: float,
    al: float,
    ah: float,
    tl: float,
    th: float,
) -> tuple[float, float]:
    """F_i at the float x for a row of one group; [al, ah] includes the bias."""
    vl, vh, _, _ = activate(t[i, KIND], t[i, GAIN], t[i, THRESHOLD], x)
    rl, rh = factor(t, i, zeta, vl, vh)
    pl, ph = multiply(rl, rh, tl, th)
    pl, ph = add(pl, ph, al, ah)
    return subtract(x, x, pl, ph)


@merged
def _from_below(x: float, fl: float, fh: float, sl: float, sh: float) -> float:
    """Leftmost possible root right of x, where F in [fl, fh] and its slope lies in [sl, sh].

    F < 0 cannot rise to zero sooner than its steepest slope allows; F > 0 likewise falls.
    """
    if fh < 0.0:
        return down(x + down(-fh / sh)) if sh > 0.0 else math.inf
    if fl > 0.0:
        return down(x + down(fl / -sl)) if sl < 0.0 else math.inf
    return x


@merged
def _from_above(x: float, fl: float, fh: float, sl: float, sh: float) -> float:
    """Rightmost possible root left of x, where F in [fl, fh] and its slope lies in [sl, sh]."""
    if fl > 0.0:
        return up(x - down(fl / sh)) if sh > 0.0 else -math.inf
    if fh < 0.0:
        return up(x - down(fh / sl)) if sl < 0.0 else -math.inf
    return x


@_jit
def _contract_groups(t: FloatArray, system: System, i: int) -> bool:
    """Contract node i where its row has no arcs or several groups."""
    xl = xh = t[i, BIAS]
    sl = sh = 1.0
    poles = 0
    for g in range(system.row[i], system.row[i + 1]):
        al, ah, tl, th = gather(t, system, system.group[g], system.group[g + 1])
        zeta = system.arcs[system.group[g], ZETA]
        rl, rh = factor(t, i, zeta, t[i, VL], t[i, VH])
        if math.isinf(rl) or math.isinf(rh):
            poles += 1
            continue
        pl, ph = multiply(rl, rh, tl, th)
        pl, ph = add(pl, ph, al, ah)
        xl, xh = add(xl, xh, pl, ph)
        pl, ph = factor_slope(t, i, zeta, t[i, VL], t[i, VH])
        pl, ph = multiply(pl, ph, tl, th)
        pl, ph = multiply(pl, ph, t[i, DL], t[i, DH])
        sl, sh = subtract(sl, sh, pl, ph)
    if poles > 0:
        return poles > 1 or _crosses_pole(t, system, i)
    t[i, XL], t[i, XH] = max(t[i, XL], xl), min(t[i, XH], xh)
    if t[i, XL] > t[i, XH]:
        return False
    fl, fh = row_at(t, system, i, t[i, XL])
    t[i, XL] = max(t[i, XL], _from_below(t[i, XL], fl, fh, sl, sh))
    if t[i, XL] > t[i, XH]:
        return False
    fl, fh = row_at(t, system, i, t[i, XH])
    t[i, XH] = min(t[i, XH], _from_above(t[i, XH], fl, fh, sl, sh))
    return t[i, XL] <= t[i, XH] and refresh(t, i, True)


@_jit
def row_at(
    t: FloatArray,
    system: System,
    i: int,
    x: float,
) -> tuple[float, float]:
    """Enclose F_i with x_i at the float x and the sources in the box; a self-loop's too."""
    vl, vh, _, _ = activate(t[i, KIND], t[i, GAIN], t[i, THRESHOLD], x)
    low, high = subtract(x, x, t[i, BIAS], t[i, BIAS])
    for g in range(system.row[i], system.row[i + 1]):
        al, ah, tl, th = gather(t, system, system.group[g], system.group[g + 1])
        rl, rh = factor(t, i, system.arcs[system.group[g], ZETA], vl, vh)
        if math.isinf(rl) or math.isinf(rh):
            return -math.inf, math.inf
        pl, ph = multiply(rl, rh, tl, th)
        low, high = subtract(low, high, pl, ph)
        low, high = subtract(low, high, al, ah)
    return low, high


@_jit
def _crosses_pole(t: FloatArray, system: System, i: int) -> bool:
    """Whether row i can vanish where one decay may be zero: the row times that decay."""
    low, high = subtract(t[i, XL], t[i, XH], t[i, BIAS], t[i, BIAS])
    dl = dh = nl = nh = 0.0
    for g in range(system.row[i], system.row[i + 1]):
        al, ah, tl, th = gather(t, system, system.group[g], system.group[g + 1])
        low, high = subtract(low, high, al, ah)
        zeta = system.arcs[system.group[g], ZETA]
        rl, rh = factor(t, i, zeta, t[i, VL], t[i, VH])
        if math.isinf(rl) or math.isinf(rh):
            dl, dh = quadratic(t[i, GAMMA], 0.0, zeta, t[i, VL], t[i, VH])
            nl, nh = quadratic(t[i, POST0], t[i, POST1], t[i, POST2], t[i, VL], t[i, VH])
            nl, nh = multiply(nl, nh, tl, th)
        else:
            rl, rh = multiply(rl, rh, tl, th)
            low, high = subtract(low, high, rl, rh)
    low, high = multiply(low, high, dl, dh)
    low, high = subtract(low, high, nl, nh)
    return low <= 0.0 <= high


@_jit
def _contract_sources(
    t: FloatArray,
    system: System,
    first: int,
    last: int,
    i: int,
    al: float,
    ah: float,
    tl: float,
    th: float,
) -> bool:
    """T = (x_i - b_i - A) / R bounds every source's q, hence its rate; [al, ah] holds b_i + A."""
    rl, rh = factor(t, i, system.arcs[first, ZETA], t[i, VL], t[i, VH])
    if rl <= 0.0 <= rh or math.isinf(rl) or math.isinf(rh):
        return True
    low, high = subtract(t[i, XL], t[i, XH], al, ah)
    low, high = divide(low, high, rl, rh)
    if low > th or high < tl:
        return False
    if low <= tl and high >= th:
        return True
    for a in range(first, last):
        j = system.source[a]
        cl, ch = system.arcs[a, C_LOW], system.arcs[a, C_HIGH]
        if cl <= 0.0 <= ch:
            continue
        sl, sh = q_slope(t, j)
        if sl <= 0.0 <= sh and not (t[j, PRE0] == 0.0 and (sl >= 0.0 or sh <= 0.0)):
            continue
        pl, ph = multiply(cl, ch, t[j, QL], t[j, QH])
        # [tl - pl, th - ph] holds the sum over the other arcs: tl and th sum these same ends
        ol, oh = down(tl - pl), up(th - ph)
        ql, qh = subtract(low, high, ol, oh)
        ql, qh = divide(ql, qh, cl, ch)
        if ql <= t[j, QL] and qh >= t[j, QH]:
            continue
        vl, vh = rate_from_q(t, j, max(ql, t[j, QL]), min(qh, t[j, QH]))
        if not tighten(t, j, vl, vh):
            return False
    return True
