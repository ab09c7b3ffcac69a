// A C interface to an emitted header: what loads it calls.
#pragma once

#include <cstddef>
#include <string>

#include "symbolic/emit/program.hpp"

namespace chalktape::emit {

/// The driver's functions for one type. Arrays in the order of the layer: sizes, upstream gradients, tensors, constants
/// (numbers: an array with one entry), outputs with the auxiliary ones last, gradients by tensor. None may be null.
/// `saved` is what create has made; forward fills it, backward reads it and the outputs, destroy ends it.
template <class T>
struct CppDriver {
  void* (*create)();
  void (*destroy)(void* saved);
  void (*forward)(const std::size_t* sizes, const T* const* tensors, const T* const* constants, T* const* outputs,
                  void* saved);
  void (*backward)(const std::size_t* sizes, const T* const* upstream, const T* const* tensors,
                   const T* const* constants, const T* const* outputs, const void* saved, T* const* gradients);
};

/// C++ text that includes `header` and defines, with C linkage, PREFIX_new_f32, PREFIX_delete_f32, PREFIX_forward_f32,
/// PREFIX_backward_f32 and the same for f64: a CppDriver for float and one for double.
[[nodiscard]] std::string cpp_driver(const Program& program, const std::string& header, const std::string& prefix);

}  // namespace chalktape::emit
