// The layer batch_norm(x[N,D], gamma[D], beta[D]; eps = 1e-5) and its gradients.
//
// Written by chalktape 0.1.0 (chalktape emit batch_norm --lang c++). C++17, no dependencies; with
// OpenMP where the compiler is told to use it. Loops are written to become vectors at -O3. Backward
// is the derived formula: `chalktape derive` shows how it comes about, and each step passed its
// check.
//
// Arrays are row-major, without gaps, and do not overlap; scalars are passed by value, and results
// that are scalars by a pointer to one. Results do not depend on the number of threads.
//
// Saved by forward for backward: mu[D], var[D]. Each takes a reduction, a matrix product or, entry
// by entry, a function of the C library: to compute it again costs more than to read it.
//
// Recomputed by backward: xhat[N,D], istd[D]. Each is a few operations an entry, less than memory
// costs.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <limits>
#include <new>
#include <type_traits>
#include <vector>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace chalktape {

namespace batch_norm_detail {

/// T, in a place that does not decide what T is: a double may be passed where arrays are of float.
template <class T>
struct same {
  using type = T;
};
template <class T>
using number = typename same<T>::type;

/// So many terms are added in the type itself before they join a sum in a wider type.
constexpr std::size_t block_length = 64;

/// How many rows of so many bytes lie in 256 KiB: a loop that goes backwards takes them in order.
inline std::size_t rows_of_block(std::size_t bytes) {
  return std::max<std::size_t>(std::size_t(1), 262144 / std::max<std::size_t>(bytes, 1));
}

/// So many rows of one array join their sums at once: these are then read and written less often.
constexpr std::size_t rows_at_once = 4;

/// body(i) for i from begin to end. No step reads what another writes, which compilers cannot know.
template <class Body>
inline void each(std::size_t begin, std::size_t end, Body body) {
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
  for (std::size_t i = begin; i < end; ++i) body(i);
}

/// Into how many parts a loop is cut, which threads may share: it depends on sizes only. The sums of
/// `kept` entries that each part has of its own, in a wider type, stay small beside the loop.
inline std::size_t part_count(std::size_t entries, std::size_t outer, std::size_t kept) {
  std::size_t count = std::min<std::size_t>(entries / 16384, 16);
  if (kept > 1) count = std::min(count, entries / (64 * kept));
  return std::max<std::size_t>(std::min(count, outer), 1);
}

/// body(k) for k from 0 to count, which threads share. What it throws, as where memory runs out, is thrown here once all
/// have ended. (OpenMP's own "if" starts a team of one all the same: half a microsecond.)
template <class Body>
inline void in_parallel(std::size_t count, Body body) {
#if defined(_OPENMP)
  if (count > 1) {
    std::exception_ptr thrown;
#pragma omp parallel for schedule(static)
    for (std::size_t k = 0; k < count; ++k) {
      try {
        body(k);
      } catch (...) {
#pragma omp critical
        thrown = std::current_exception();
      }
    }
    if (thrown) std::rethrow_exception(thrown);
    return;
  }
#endif
  for (std::size_t k = 0; k < count; ++k) body(k);
}

/// Memory from the beginning of a cache line on, as vectors want it. Arrays of a whole number of pages that lie
/// behind each other do not begin at the same places of their pages, where they would fight for the same lines of the
/// fastest cache.
template <class T>
struct aligned {
  using value_type = T;
  aligned() = default;
  template <class U>
  explicit aligned(const aligned<U>&) {}
  T* allocate(std::size_t count) {
    unsigned char* const memory = static_cast<unsigned char*>(::operator new(count * sizeof(T) + 1024));
    const std::size_t skipped = 64 - reinterpret_cast<std::uintptr_t>(memory) % 64;
    memory[skipped - 1] = static_cast<unsigned char>(skipped);
    return reinterpret_cast<T*>(memory + skipped);
  }
  void deallocate(T* first, std::size_t) {
    unsigned char* const memory = reinterpret_cast<unsigned char*>(first);
    ::operator delete(memory - memory[-1]);
  }
  friend bool operator==(const aligned&, const aligned&) { return true; }
  friend bool operator!=(const aligned&, const aligned&) { return false; }
};

/// Memory that is written before it is read.
template <class T>
class array {
 public:
  explicit array(std::size_t count) : first(aligned<T>().allocate(count)) {}
  ~array() { aligned<T>().deallocate(first, 0); }
  array(const array&) = delete;
  array& operator=(const array&) = delete;
  T* get() const { return first; }
  T& operator[](std::size_t i) const { return first[i]; }

 private:
  T* first;
};

/// to[i] = value(i) for i from 0 to count, in a loop whose arrays take so many bytes together. Where a usual cache would
/// not keep them, a row of whole turns that begins with a cache line is written past it, without being read first.
template <class T, class Value>
inline void write_row(T* to, std::size_t count, [[maybe_unused]] std::size_t bytes, Value value) {
#if defined(__SSE2__)
#if defined(__AVX512F__)
  using vector = __m512i;
#elif defined(__AVX__)
  using vector = __m256i;
#else
  using vector = __m128i;
#endif
  constexpr std::size_t turn = 32;  // more than GCC would unroll before it looks for vectors
  if (bytes >= std::size_t(24) << 20 && count % turn == 0 && reinterpret_cast<std::uintptr_t>(to) % 64 == 0) {
    for (std::size_t i = 0; i < count; i += turn) {
      T entries[turn];
      each(0, turn, [&](std::size_t k) { entries[k] = value(i + k); });
      vector* const target = reinterpret_cast<vector*>(to + i);
      for (std::size_t k = 0; k < turn * sizeof(T) / sizeof(vector); ++k) {
        vector numbers;
        std::memcpy(&numbers, reinterpret_cast<const char*>(entries) + k * sizeof(vector), sizeof(vector));
#if defined(__AVX512F__)
        _mm512_stream_si512(target + k, numbers);
#elif defined(__AVX__)
        _mm256_stream_si256(target + k, numbers);
#else
        _mm_stream_si128(target + k, numbers);
#endif
      }
    }
    return;
  }
#endif
  each(0, count, [&](std::size_t i) { to[i] = value(i); });
}

/// What was written past the cache is there for other threads from here on.
inline void end_writes() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

template <class T>
inline T square(T x) {
  return x * x;
}

}  // namespace batch_norm_detail

/// What forward hands to backward; forward gives it its size.
template <class T>
struct batch_norm_saved {
  std::vector<T, batch_norm_detail::aligned<T>> mu;  ///< mu[D]
  std::vector<T, batch_norm_detail::aligned<T>> var;  ///< var[D]
};

/// Writes y[N,D].
template <class T>
void batch_norm_forward(std::size_t N, std::size_t D, const T* x, const T* gamma, const T* beta, T* y,
                        batch_norm_saved<T>& saved, batch_norm_detail::number<T> eps = T(1e-05)) {
  using Wide = decltype(T() + double());  // sums of many terms are carried in it
  saved.mu.resize(D);
  T* const mu = saved.mu.data();
  saved.var.resize(D);
  T* const var = saved.var.data();
  const auto xhat_part = batch_norm_detail::array<T>(D);
  // mu[j] = mean[i](x[i,j])  (as the layer defines it)
  {
    const std::size_t parts = batch_norm_detail::part_count(N * D, N, D);
    const auto mu_totals = batch_norm_detail::array<Wide>(parts * D);
    batch_norm_detail::in_parallel(parts, [&](std::size_t part) {
      const std::size_t first = N * part / parts;
      const std::size_t last = N * (part + 1) / parts;
      const auto mu_block = batch_norm_detail::array<T>(D);
      Wide* const mu_total = mu_totals.get() + part * D;
      std::fill_n(mu_total, D, Wide(0));
      for (std::size_t block = first; block < last; block += batch_norm_detail::block_length) {
        const std::size_t block_end = std::min(last, block + batch_norm_detail::block_length);
        std::fill_n(mu_block.get(), D, T(0));
        const auto add_rows = [&](std::size_t from, auto count) {
          batch_norm_detail::each(0, D, [&](std::size_t j) {
            T mu_rows = T(0);
            for (std::size_t row = 0; row < count; ++row) {
              const std::size_t i = from + row;
              mu_rows += x[i * D + j];
            }
            mu_block[j] += mu_rows;
          });
        };
        std::size_t from = block;
        for (; from + batch_norm_detail::rows_at_once <= block_end; from += batch_norm_detail::rows_at_once) add_rows(from, std::integral_constant<std::size_t, batch_norm_detail::rows_at_once>());
        for (; from < block_end; ++from) add_rows(from, std::integral_constant<std::size_t, 1>());
        batch_norm_detail::each(0, D, [&](std::size_t entry) { mu_total[entry] += Wide(mu_block[entry]); });
      }
    });
    for (std::size_t part = 1; part < parts; ++part) {
      batch_norm_detail::each(0, D, [&](std::size_t entry) { mu_totals[entry] += mu_totals[part * D + entry]; });
    }
    batch_norm_detail::each(0, D, [&](std::size_t j) {
      mu[j] = T(mu_totals[j] / Wide(N));
    });
  }
  // var[j] = mean[i]((x[i,j] - mu[j])^2)  (as the layer defines it)
  {
    const std::size_t parts = batch_norm_detail::part_count(N * D, N, D);
    const auto var_totals = batch_norm_detail::array<Wide>(parts * D);
    batch_norm_detail::in_parallel(parts, [&](std::size_t part) {
      // From the last block to the first: what the loop before left in the cache comes first.
      const std::size_t first = N * (parts - 1 - part) / parts;
      const std::size_t last = N * ((parts - 1 - part) + 1) / parts;
      const auto var_block = batch_norm_detail::array<T>(D);
      Wide* const var_total = var_totals.get() + part * D;
      std::fill_n(var_total, D, Wide(0));
      for (std::size_t block = first; block < last; block += batch_norm_detail::block_length) {
        const std::size_t block_end = std::min(last, block + batch_norm_detail::block_length);
        std::fill_n(var_block.get(), D, T(0));
        const auto add_rows = [&](std::size_t from, auto count) {
          batch_norm_detail::each(0, D, [&](std::size_t j) {
            T var_rows = T(0);
            for (std::size_t row = 0; row < count; ++row) {
              const std::size_t step = from + row;
              const std::size_t i = first + (last - block_end) + (step - block);
              var_rows += batch_norm_detail::square(x[i * D + j] - mu[j]);
            }
            var_block[j] += var_rows;
          });
        };
        std::size_t from = block;
        for (; from + batch_norm_detail::rows_at_once <= block_end; from += batch_norm_detail::rows_at_once) add_rows(from, std::integral_constant<std::size_t, batch_norm_detail::rows_at_once>());
        for (; from < block_end; ++from) add_rows(from, std::integral_constant<std::size_t, 1>());
        batch_norm_detail::each(0, D, [&](std::size_t entry) { var_total[entry] += Wide(var_block[entry]); });
      }
    });
    for (std::size_t part = 1; part < parts; ++part) {
      batch_norm_detail::each(0, D, [&](std::size_t entry) { var_totals[entry] += var_totals[part * D + entry]; });
    }
    batch_norm_detail::each(0, D, [&](std::size_t j) {
      var[j] = T(var_totals[j] / Wide(N));
    });
  }
  // towards xhat[i,j] = (x[i,j] - mu[j])/sqrt(var[j] + eps)  (as the layer defines it)
  {
    const std::size_t parts = batch_norm_detail::part_count(D, D, 1);
    batch_norm_detail::in_parallel(parts, [&](std::size_t part) {
      const std::size_t first = D * part / parts;
      const std::size_t last = D * (part + 1) / parts;
      batch_norm_detail::each(first, last, [&](std::size_t j) {
        xhat_part[j] = T(1) / std::sqrt(var[j] + eps);
      });
    });
  }
  // xhat[i,j] = (x[i,j] - mu[j])/sqrt(var[j] + eps)  (as the layer defines it)
  // y[i,j] = gamma[j]*xhat[i,j] + beta[j]  (as the layer defines it)
  {
    const std::size_t parts = batch_norm_detail::part_count(N * D, N, 1);
    batch_norm_detail::in_parallel(parts, [&](std::size_t part) {
      const std::size_t first = N * part / parts;
      const std::size_t last = N * (part + 1) / parts;
      for (std::size_t i = first; i < last; ++i) {
        batch_norm_detail::write_row(y + i * D, D, 2 * N * D * sizeof(T), [&](std::size_t j) {
          const T xhat_ij = (x[i * D + j] - mu[j]) * xhat_part[j];
          return gamma[j] * xhat_ij + beta[j];
        });
      }
      batch_norm_detail::end_writes();
    });
  }
}

/// Writes dx[N,D], dgamma[D], dbeta[D], from the upstream gradient dy[N,D].
template <class T>
void batch_norm_backward(std::size_t N, std::size_t D, const T* dy, const T* x, const T* gamma,
                         [[maybe_unused]] const T* beta, const batch_norm_saved<T>& saved, T* dx, T* dgamma,
                         T* dbeta, batch_norm_detail::number<T> eps = T(1e-05)) {
  using Wide = decltype(T() + double());  // sums of many terms are carried in it
  const T* const mu = saved.mu.data();
  const T* const var = saved.var.data();
  const auto istd = batch_norm_detail::array<T>(D);
  const auto dx_part = batch_norm_detail::array<T>(D);
  // istd[j] = (var[j] + eps)^(-1/2)  (named by the derivation)
  // towards dx[i,j] = gamma[j]*istd[j]/N*(N*dy[i,j] - dgamma[j]*xhat[i,j] - dbeta[j])  (step 12 of
  // its derivation, fold-product)
  {
    const std::size_t parts = batch_norm_detail::part_count(D, D, 1);
    batch_norm_detail::in_parallel(parts, [&](std::size_t part) {
      const std::size_t first = D * part / parts;
      const std::size_t last = D * (part + 1) / parts;
      batch_norm_detail::each(first, last, [&](std::size_t j) {
        const T istd_j = T(1) / std::sqrt(var[j] + eps);
        istd[j] = istd_j;
        dx_part[j] = gamma[j] / T(double(N)) * istd_j;
      });
    });
  }
  // xhat[i,j] = (x[i,j] - mu[j])/sqrt(var[j] + eps)  (as the layer defines it)
  // dgamma[j] = sum[i](xhat[i,j]*dy[i,j])  (step 3 of its derivation, contract-delta)
  // dbeta[j] = sum[i](dy[i,j])  (step 3 of its derivation, contract-delta)
  {
    const std::size_t parts = batch_norm_detail::part_count(N * D, N, D);
    const auto dgamma_totals = batch_norm_detail::array<Wide>(parts * D);
    const auto dbeta_totals = batch_norm_detail::array<Wide>(parts * D);
    batch_norm_detail::in_parallel(parts, [&](std::size_t part) {
      const std::size_t first = N * part / parts;
      const std::size_t last = N * (part + 1) / parts;
      const auto dgamma_block = batch_norm_detail::array<T>(D);
      const auto dbeta_block = batch_norm_detail::array<T>(D);
      Wide* const dgamma_total = dgamma_totals.get() + part * D;
      std::fill_n(dgamma_total, D, Wide(0));
      Wide* const dbeta_total = dbeta_totals.get() + part * D;
      std::fill_n(dbeta_total, D, Wide(0));
      for (std::size_t block = first; block < last; block += batch_norm_detail::block_length) {
        const std::size_t block_end = std::min(last, block + batch_norm_detail::block_length);
        std::fill_n(dgamma_block.get(), D, T(0));
        std::fill_n(dbeta_block.get(), D, T(0));
        for (std::size_t i = block; i < block_end; ++i) {
          batch_norm_detail::each(0, D, [&](std::size_t j) {
            const T xhat_ij = (x[i * D + j] - mu[j]) * istd[j];
            const T dgamma_term = xhat_ij * dy[i * D + j];
            const T dbeta_term = dy[i * D + j];
            dgamma_block[j] += dgamma_term;
            dbeta_block[j] += dbeta_term;
          });
        }
        batch_norm_detail::each(0, D, [&](std::size_t entry) { dgamma_total[entry] += Wide(dgamma_block[entry]); });
        batch_norm_detail::each(0, D, [&](std::size_t entry) { dbeta_total[entry] += Wide(dbeta_block[entry]); });
      }
    });
    for (std::size_t part = 1; part < parts; ++part) {
      batch_norm_detail::each(0, D, [&](std::size_t entry) { dgamma_totals[entry] += dgamma_totals[part * D + entry]; });
    }
    batch_norm_detail::each(0, D, [&](std::size_t j) {
      dgamma[j] = T(dgamma_totals[j]);
    });
    for (std::size_t part = 1; part < parts; ++part) {
      batch_norm_detail::each(0, D, [&](std::size_t entry) { dbeta_totals[entry] += dbeta_totals[part * D + entry]; });
    }
    batch_norm_detail::each(0, D, [&](std::size_t j) {
      dbeta[j] = T(dbeta_totals[j]);
    });
  }
  // xhat[i,j] = (x[i,j] - mu[j])/sqrt(var[j] + eps)  (as the layer defines it)
  // dx[i,j] = gamma[j]*istd[j]/N*(N*dy[i,j] - dgamma[j]*xhat[i,j] - dbeta[j])  (step 12 of its
  // derivation, fold-product)
  {
    const std::size_t parts = batch_norm_detail::part_count(N * D, N, 1);
    batch_norm_detail::in_parallel(parts, [&](std::size_t part) {
      // From the last block to the first: what the loop before left in the cache comes first.
      const std::size_t first = N * (parts - 1 - part) / parts;
      const std::size_t last = N * ((parts - 1 - part) + 1) / parts;
      for (std::size_t block = first; block < last; block += batch_norm_detail::rows_of_block(D * sizeof(T))) {
        const std::size_t block_end = std::min(last, block + batch_norm_detail::rows_of_block(D * sizeof(T)));
        for (std::size_t step = block; step < block_end; ++step) {
          const std::size_t i = first + (last - block_end) + (step - block);
          batch_norm_detail::write_row(dx + i * D, D, 3 * N * D * sizeof(T), [&](std::size_t j) {
            const T xhat_ij = (x[i * D + j] - mu[j]) * istd[j];
            return dx_part[j] * (T(double(N)) * dy[i * D + j] - dgamma[j] * xhat_ij - dbeta[j]);
          });
        }
      }
      batch_norm_detail::end_writes();
    });
  }
}

}  // namespace chalktape
