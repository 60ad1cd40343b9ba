// The table of expressions behind recorder.hpp.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>
#include <vector>

#include "recorder.hpp"

enum Operation { INPUT, CONSTANT, PLUS, MINUS, TIMES, OVER, NEGATIVE, ROOT, MANTISSA, EXPONENT };
static const char *const NAMES[] = {"input", "constant", "+", "-", "*", "/", "neg", "sqrt", "mantissa", "exponent"};
static const int64_t UNWRITTEN = -1;

struct Node {
    Operation operation;
    int64_t left, right; // places; an input's number; a constant's bits; -1 for none
    plain_double value;
    bool operator==(const Node &o) const { return operation == o.operation && left == o.left && right == o.right; }
};

struct Hash {
    size_t operator()(const Node &n) const
    {
        uint64_t h = ((uint64_t)n.left * 0x9E3779B97F4A7C15u) ^ (((uint64_t)n.right + 1) * 0xC2B2AE3D27D4EB4Fu);
        return (h ^ (h >> 29)) * 31 + n.operation;
    }
};

static std::vector<Node> nodes;
static std::unordered_map<Node, int64_t, Hash> places;

[[noreturn]] void recorder_stop(const char *reason)
{
    std::fflush(stdout);
    std::fprintf(stderr, "%s\n", reason);
    std::exit(1);
}

static Recorder placed(Operation operation, int64_t left, int64_t right, plain_double value)
{
    Recorder x;
    auto [found, is_new] = places.insert({{operation, left, right, value}, (int64_t)nodes.size()});
    if (is_new)
        nodes.push_back({operation, left, right, value});
    x.place = found->second;
    return x;
}

static const Node &node(Recorder x)
{
    if (x.place < 0 || x.place >= (int64_t)nodes.size())
        recorder_stop("a number is read that was never written");
    return nodes[(size_t)x.place];
}

static int64_t bits(plain_double x)
{
    int64_t pattern;
    memcpy(&pattern, &x, sizeof x);
    return pattern;
}

Recorder::Recorder(plain_double constant) : Recorder(placed(CONSTANT, bits(constant), -1, constant)) {}

static Recorder result(Operation operation, Recorder left, Recorder right, plain_double value)
{
    if (node(left).operation == CONSTANT && node(right).operation == CONSTANT)
        return Recorder(value);
    return placed(operation, left.place, right.place, value);
}

static Recorder result(Operation operation, Recorder x, plain_double value)
{
    return node(x).operation == CONSTANT ? Recorder(value) : placed(operation, x.place, -1, value);
}

#define VALUE(x) node(x).value
Recorder operator+(Recorder a, Recorder b) { return result(PLUS, a, b, VALUE(a) + VALUE(b)); }
Recorder operator-(Recorder a, Recorder b) { return result(MINUS, a, b, VALUE(a) - VALUE(b)); }
Recorder operator*(Recorder a, Recorder b) { return result(TIMES, a, b, VALUE(a) * VALUE(b)); }
Recorder operator/(Recorder a, Recorder b) { return result(OVER, a, b, VALUE(a) / VALUE(b)); }
Recorder operator-(Recorder x) { return result(NEGATIVE, x, -VALUE(x)); }
bool operator<(Recorder a, Recorder b) { return VALUE(a) < VALUE(b); }
bool operator<=(Recorder a, Recorder b) { return VALUE(a) <= VALUE(b); }
bool operator==(Recorder a, Recorder b) { return VALUE(a) == VALUE(b); }
Recorder::operator int64_t() const { return (int64_t)VALUE(*this); }
Recorder purenet_square_root(Recorder x) { return result(ROOT, x, std::sqrt(VALUE(x))); }
Recorder purenet_power_of_two(Recorder n) { return Recorder(std::ldexp(1.0, (int)VALUE(n))); }

Recorder purenet_split(Recorder x, Recorder *n)
{
    int exponent;
    plain_double m = std::frexp(VALUE(x), &exponent);
    *n = result(EXPONENT, x, exponent);
    return result(MANTISSA, x, m);
}

void recorder_clear()
{
    nodes.clear();
    places.clear();
    if (Recorder(0.0).place != 0)
        recorder_stop("64 zero bits are not 0.0");
}

Recorder recorder_input(int64_t number, uint64_t pattern)
{
    plain_double value;
    memcpy(&value, &pattern, sizeof value);
    return placed(INPUT, number, -1, value);
}

Recorder recorder_unwritten()
{
    Recorder x;
    x.place = UNWRITTEN;
    return x;
}

// "answer", how many nodes and outputs; a line a node, "input NUMBER", "constant BITS" or OPERATION and its
// operands (their line numbers, from 0); a line an output: its node, its bits.  Only nodes that an output needs.
void recorder_print(const Recorder *outputs, size_t count)
{
    std::vector<int64_t> line(nodes.size(), -1);
    for (size_t k = 0; k < count; k++)
        node(outputs[k]), line[(size_t)outputs[k].place] = 0;
    for (size_t k = nodes.size(); k-- > 0;)
        if (line[k] == 0 && nodes[k].operation > CONSTANT) {
            line[(size_t)nodes[k].left] = 0;
            if (nodes[k].right >= 0)
                line[(size_t)nodes[k].right] = 0;
        }
    int64_t lines = 0;
    for (int64_t &place : line)
        if (place == 0)
            place = lines++;
    std::printf("answer %lld %zu\n", (long long)lines, count);
    for (size_t k = 0; k < nodes.size(); k++) {
        const Node &n = nodes[k];
        const char *name = NAMES[n.operation];
        if (line[k] < 0)
            continue;
        if (n.operation <= CONSTANT)
            std::printf(n.operation == INPUT ? "%s %lld\n" : "%s %016llx\n", name, (long long)n.left);
        else if (n.right < 0)
            std::printf("%s %lld\n", name, (long long)line[(size_t)n.left]);
        else
            std::printf("%s %lld %lld\n", name, (long long)line[(size_t)n.left], (long long)line[(size_t)n.right]);
    }
    for (size_t k = 0; k < count; k++)
        std::printf("%lld %016llx\n", (long long)line[(size_t)outputs[k].place],
                    (unsigned long long)bits(VALUE(outputs[k])));
}

