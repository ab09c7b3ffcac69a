#include <array>
#include <limits>
#include <numeric>

#include "engine/tape/derivatives.hpp"
#include "engine/tape/tape.hpp"
#include "engine/tensor/tensor_functions.hpp"
#include "tests/catch.hpp"
#include "tests/engine/samples.hpp"

namespace chalktape::engine {
namespace {

Tensor counting(const Shape& shape, DType dtype = DType::f64) {
  std::vector<double> values(static_cast<std::size_t>(element_count(shape)));
  std::iota(values.begin(), values.end(), 0.0);
  return Tensor::from(shape, values, dtype);
}

TEST_CASE("a tensor keeps, shares and rounds its entries") {
  Tensor a = Tensor::from({2, 2}, std::array{1.0, 2.0, 3.0, 0.1}, DType::f32);
  CHECK(a.item(3) == static_cast<double>(0.1f));
  CHECK(a.at(std::array<std::int64_t, 2>{1, 0}) == 3);
  Tensor b = a;
  b.set_item(0, 7);
  CHECK(a.item(0) == 7);
  CHECK(a.copy().data<float>() != a.data<float>());
  CHECK(reinterpret_cast<std::uintptr_t>(a.data<float>()) % 64 == 0);
  CHECK(a.to(DType::f64).dtype() == DType::f64);
  CHECK(Tensor().item() == 0);
  CHECK(Tensor::zeros({0, 3}, DType::f64).size() == 0);
  CHECK(Tensor::zeros({0, std::int64_t{1} << 62, 8}, DType::f64).is_contiguous());
}

TEST_CASE("a tensor refuses what does not fit") {
  CHECK_THROWS_WITH(Tensor::zeros({std::int64_t{1} << 32, std::int64_t{1} << 32}, DType::f32),
                    "tensor: shape (4294967296, 4294967296) has too many elements");
  CHECK_THROWS_WITH(Tensor::zeros({2, -1}, DType::f32), "tensor: negative length in shape (2, -1)");
  CHECK_THROWS_WITH(Tensor::from({3}, std::array{1.0}, DType::f64), "tensor: 1 values for shape (3,)");
  const Tensor a = counting({2, 3});
  CHECK_THROWS_WITH(a.at(std::array<std::int64_t, 2>{2, 0}), "tensor: no element (2, 0) in shape (2, 3)");
  CHECK_THROWS_WITH(a.item(6), "tensor: element 6 of shape (2, 3) does not exist");
  CHECK_THROWS_WITH(a.data<float>(), "tensor: f64 elements asked for as f32");
  CHECK_THROWS_WITH(broadcast_shape({2, 3}, {4}, "add"), "add: shapes (2, 3) and (4,) do not broadcast");
}

TEST_CASE("views read what they should") {
  const Tensor a = counting({2, 3});
  CHECK(transpose(a, {{1, 0}}).to_vector() == std::vector<double>{0, 3, 1, 4, 2, 5});
  CHECK(transpose(a, {{1, 0}}).item(1) == 3);
  CHECK(broadcast_to(counting({3}), {2, 3}).to_vector() == std::vector<double>{0, 1, 2, 0, 1, 2});
  CHECK(diagonal(counting({3, 2, 3}), {0, 2}).to_vector() == std::vector<double>{0, 7, 14, 3, 10, 17});
  CHECK(embed_diagonal(counting({2}), {0, 1}).to_vector() == std::vector<double>{0, 0, 0, 1});
  CHECK(reshape(transpose(a, {{1, 0}}), {6}).to_vector() == std::vector<double>{0, 3, 1, 4, 2, 5});
}

TEST_CASE("broadcasting against every entry by hand") {
  Samples random(3);
  const std::vector<Shape> shapes{{}, {1}, {3}, {2, 1}, {2, 3}, {4, 1, 1}, {4, 2, 3}, {1, 2, 1}};
  for (const Shape& of_a : shapes) {
    for (const Shape& of_b : shapes) {
      const Tensor a = random.tensor(of_a);
      const Tensor b = random.tensor(of_b);
      const Shape shape = broadcast_shape(of_a, of_b);
      const Tensor y = a * b;
      const auto entry = [&](const Tensor& t, std::int64_t flat) {
        std::int64_t position = 0;
        std::int64_t step = 1;
        for (std::size_t k = 1; k <= shape.size(); ++k) {
          const std::int64_t length = shape[shape.size() - k];
          if (k <= t.shape().size()) {
            const std::int64_t own = t.shape()[t.shape().size() - k];
            position += (own == 1 ? 0 : flat % length) * step;
            step *= own;
          }
          flat /= length;
        }
        return t.item(position);
      };
      REQUIRE(y.shape() == shape);
      for (std::int64_t i = 0; i < y.size(); ++i) CHECK(y.item(i) == entry(a, i) * entry(b, i));
    }
  }
}

TEST_CASE("reductions over any axes against every entry by hand") {
  const Shape shape{2, 3, 2, 2};
  const Tensor x = transpose(Samples(5).tensor({2, 2, 3, 2}), {{3, 2, 0, 1}});  // not contiguous
  REQUIRE(x.shape() == shape);
  for (unsigned mask = 1; mask < 16; ++mask) {
    Reduction reduction;
    for (int axis = 0; axis < 4; ++axis) {
      if ((mask >> axis & 1U) != 0) reduction.axes.push_back(axis);
    }
    for (const bool keepdim : {false, true}) {
      reduction.keepdim = keepdim;
      const Shape kept = reduced_shape(shape, {reduction.axes, true});
      const Strides into = row_major_strides(kept);
      const auto size = static_cast<std::size_t>(element_count(kept));
      std::vector<double> sums(size, 0);
      std::vector<double> tops(size, -1e9);
      std::vector<double> bottoms(size, 1e9);
      for (std::int64_t flat = 0; flat < x.size(); ++flat) {
        std::int64_t rest = flat;
        std::int64_t place = 0;
        for (std::size_t axis = 4; axis-- > 0;) {
          if (kept[axis] != 1) place += rest % shape[axis] * into[axis];
          rest /= shape[axis];
        }
        const auto p = static_cast<std::size_t>(place);
        sums[p] += x.item(flat);
        tops[p] = std::max(tops[p], x.item(flat));
        bottoms[p] = std::min(bottoms[p], x.item(flat));
      }
      INFO("axes " << mask << " keepdim " << keepdim);
      CHECK(sum(x, reduction).shape() == reduced_shape(shape, reduction));
      CHECK(max(x, reduction).to_vector() == tops);
      CHECK(min(x, reduction).to_vector() == bottoms);
      const auto n = static_cast<double>(reduced_count(shape, reduction));
      for (std::size_t i = 0; i < size; ++i) {
        const auto at = static_cast<std::int64_t>(i);
        CHECK(sum(x, reduction).item(at) == Approx(sums[i]).margin(1e-14));
        CHECK(mean(x, reduction).item(at) == Approx(sums[i] / n).margin(1e-14));
      }
    }
  }
}

TEST_CASE("reductions at the edges") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(sum(Tensor::zeros({0, 2}, DType::f64), {{0}, false}).to_vector() == std::vector<double>{0, 0});
  CHECK_THROWS_WITH(mean(Tensor::zeros({0, 2}, DType::f64), {{0}, false}),
                    "mean: shape (0, 2) has no entries along axes 0");
  CHECK_THROWS_WITH(max(Tensor::zeros({0, 2}, DType::f64), {{0}, false}),
                    "max: shape (0, 2) has no entries along axes 0");
  CHECK(sum(Tensor::from({2}, std::array{infinity, 1.0}, DType::f64), {{0}, false}).item() == infinity);
  CHECK(std::isnan(max(Tensor::from({3}, std::array{1.0, std::nan(""), 2.0}, DType::f64), {{0}, false}).item()));
  CHECK(max(Tensor::full({2}, -infinity, DType::f64), {{0}, false}).item() == -infinity);
  CHECK_THROWS_WITH(normalised({{0, -2}, false}, 2, "sum"), "sum: axis 0 stands twice");
  CHECK_THROWS_WITH(normalised({{2}, false}, 2, "sum"), "sum: no axis 2 in a tensor of rank 2");
  CHECK_THROWS_WITH(reduced_shape({2, 2}, {{1, 0}, false}, "sum"), "sum: axes 1,0 of shape (2, 2) are not ascending");
}

TEST_CASE("sums over 65536 rows keep their digits") {
  constexpr std::int64_t rows = 65536;
  const Tensor x = Samples(17).tensor({rows, 3}, {0.5, 1.5}, DType::f32);
  std::array<long double, 3> exact{};
  for (std::int64_t i = 0; i < 3 * rows; ++i) exact[static_cast<std::size_t>(i % 3)] += x.item(i);
  const Tensor total = sum(x, {{0}, false});
  const Tensor ones = Tensor::full({rows}, 1, DType::f32);
  const Tensor product = contraction(x, ones, {"ij,i->j"});
  const Tensor dot = contraction(x, broadcast_to(Tensor::full({1}, 1, DType::f32), {rows, 3}), {"ij,ij->j"});
  for (std::int64_t j = 0; j < 3; ++j) {
    const double wanted = static_cast<double>(exact[static_cast<std::size_t>(j)]);
    CHECK(std::abs(total.item(j) - wanted) < 1e-7 * wanted);
    CHECK(std::abs(dot.item(j) - wanted) < 1e-7 * wanted);
    CHECK(std::abs(product.item(j) - wanted) < 1e-6 * wanted);
  }
  // What f64 addition alone would lose: 1 beside 10¹⁶, many times.
  const Tensor hard = Tensor::from({4}, std::array{1e16, 1.0, 1.0, -1e16}, DType::f64);
  CHECK(sum(hard, {{0}, false}).item() == 2);
}

// Σ over all letters by counting through them.
std::vector<double> naive_contraction(const Tensor& a, const Tensor& b, const PatternLetters& letters) {
  std::map<char, std::int64_t> length;
  for (std::size_t k = 0; k < letters.a.size(); ++k) length[letters.a[k]] = a.shape()[k];
  for (std::size_t k = 0; k < letters.b.size(); ++k) length[letters.b[k]] = b.shape()[k];
  std::map<char, std::int64_t> index;
  for (const auto& [letter, unused] : length) index[letter] = 0;
  std::int64_t size = 1;
  for (const char letter : letters.result) size *= length[letter];
  std::vector<double> result(static_cast<std::size_t>(size), 0);
  const auto flat = [&](const std::string& own) {
    std::int64_t position = 0;
    for (const char letter : own) position = position * length[letter] + index[letter];
    return position;
  };
  while (true) {
    result[static_cast<std::size_t>(flat(letters.result))] += a.item(flat(letters.a)) * b.item(flat(letters.b));
    auto letter = index.begin();
    while (letter != index.end() && ++letter->second == length[letter->first]) (letter++)->second = 0;
    if (letter == index.end()) return result;
  }
}

TEST_CASE("contractions of any pattern against a naive loop, and their gradients") {
  const std::map<char, std::int64_t> length{{'i', 2}, {'j', 3}, {'k', 4}, {'b', 2}, {'c', 3}};
  for (const char* pattern :
       {"ij,jk->ik", "ij,jk->ki", "ij,kj->ik", "ji,jk->ik", "bij,bjk->bik", "bij,bj->bi", "ijb,kbj->bki", "i,j->ij",
        "i,j->ji", "ij,ij->", "ij,ij->ij", "ij,ij->j", "ij,ij->i", "ij,j->i", ",->", "ij,->ij", ",ij->ji",
        "bc,ijk->kcibj", "bci,cbj->ij",
        // repeated letters, letters of one operand alone
        "ii,i->", "ii,jj->ij", "ii,i->i", "iij,j->i", "ij,k->k", "ijk,j->i", "iji,j->", "i,j->", "iii,i->i"}) {
    INFO(pattern);
    const PatternLetters letters = letters_of({pattern});
    const auto shape = [&](const std::string& own) {
      Shape result;
      for (const char letter : own) result.push_back(length.at(letter));
      return result;
    };
    Samples random(19);
    Tape tape;
    const NodeId a = tape.input("a", random.tensor(shape(letters.a)));
    const NodeId b = tape.input("b", random.tensor(shape(letters.b)));
    const NodeId y = contract(tape, a, b, pattern);
    REQUIRE(tape.shape(y) == shape(letters.result));
    const std::vector<double> wanted = naive_contraction(tape.value(a), tape.value(b), letters);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      CHECK(tape.value(y).item(static_cast<std::int64_t>(i)) == Approx(wanted[i]).margin(1e-13));
    }
    const std::array upstream{std::pair{y, random.tensor(tape.shape(y))}};
    const GradCheck check = grad_check(tape, upstream, std::array{a, b});
    INFO(check.to_text(tape.graph()));
    CHECK(check.worst < 1e-8);
  }
}

TEST_CASE("long contractions are cut into blocks") {
  Samples random(23);
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Tensor a = random.tensor({3, 1300}, {-1, 1}, dtype);
    const Tensor b = random.tensor({1300, 2}, {-1, 1}, dtype);
    const Tensor y = contraction(a, b, {"ij,jk->ik"});
    const std::vector<double> wanted = naive_contraction(a, b, letters_of({"ij,jk->ik"}));
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      CHECK(disagreement(y.item(static_cast<std::int64_t>(i)), wanted[i]) < (dtype == DType::f32 ? 2e-6 : 1e-13));
    }
  }
}

TEST_CASE("contractions refuse what does not fit") {
  const Tensor a = counting({2, 3});
  const Tensor b = counting({4, 2});
  const auto error = [&](const char* pattern) { return contraction(a, b, {pattern}); };
  CHECK_THROWS_WITH(error("ij"), "contraction: pattern 'ij' is not of the form a,b->c");
  CHECK_THROWS_WITH(error("i1,j->i"), "contraction: pattern 'i1,j->i' has something other than letters");
  CHECK_THROWS_WITH(error("ij,jk->ii"), "contraction: pattern 'ij,jk->ii' repeats a letter of the result");
  CHECK_THROWS_WITH(error("ij,jk->il"), "contraction: pattern 'ij,jk->il' has a result letter of no operand");
  CHECK_THROWS_WITH(error("ij,jk->ik"),
                    "contraction: shapes (2, 3) and (4, 2) under 'ij,jk->ik': a letter stands for two lengths");
  CHECK_THROWS_WITH(error("ij,k->ik"),
                    "contraction: shapes (2, 3) and (4, 2) under 'ij,k->ik': not one letter an axis");
  Tape tape;
  const NodeId x = tape.input("x", a);
  CHECK_THROWS_WITH(contract(tape, x, x, "ijk,ij->k"),
                    "contraction: shapes (2, 3) and (2, 3) under 'ijk,ij->k': not one letter an axis");
}

}  // namespace
}  // namespace chalktape::engine
