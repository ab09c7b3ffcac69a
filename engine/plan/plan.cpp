#include "engine/plan/plan.hpp"

#include <algorithm>
#include <cstring>
#include <functional>

#include <fmt/format.h>
#include <omp.h>

#include "engine/plan/interpreter.hpp"
#include "engine/plan/schedule.hpp"

namespace chalktape::engine {

namespace {

std::byte* address_of(const Tensor& tensor) {
  return dispatch(tensor.dtype(), [&]<class T>() {
    return const_cast<std::byte*>(reinterpret_cast<const std::byte*>(tensor.data<T>()));
  });
}

}  // namespace

class Plan::Machine {
 public:
  Machine(const Tape& tape, const LoopProgram& program, int threads)
      : program_(program), threads_(threads > 0 ? threads : omp_get_max_threads()) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      arenas_.push_back(Tensor::zeros({program.arena[static_cast<std::size_t>(dtype)]}, dtype));
    }
    for (const Buffer& buffer : program.buffers) {
      if (buffer.role == Buffer::Role::input) {
        tensors_.push_back(none_);
      } else if (buffer.role == Buffer::Role::constant) {
        tensors_.push_back(tape.value(buffer.node).contiguous());
      } else {
        tensors_.push_back(arenas_[static_cast<std::size_t>(buffer.dtype)].view(
            buffer.shape, row_major_strides(buffer.shape), buffer.offset));
      }
      memory_.push_back(address_of(tensors_.back()));
    }
    for (const int output : program.outputs) outputs_.push_back(tensors_[static_cast<std::size_t>(output)]);
    for (const Step& step : program.steps) {
      if (const Loop* loop = std::get_if<Loop>(&step)) {
        loops_.emplace_back(program, *loop);
        scratch_bytes_ =
            std::max(scratch_bytes_,
                     loops_.back().shared_bytes() + loops_.back().thread_bytes() * static_cast<std::size_t>(threads_));
      }
    }
    scratch_ = Tensor::zeros({static_cast<std::int64_t>(scratch_bytes_ / sizeof(double)) + 1}, DType::f64);
  }

  std::span<const Tensor> run(std::span<const Tensor> inputs) {
    take(inputs);
    auto loop = loops_.begin();
    for (const Step& step : program_.steps) {
      if (const Call* call = std::get_if<Call>(&step)) {
        run_call(*call);
      } else {
        (loop++)->run(memory_, address_of(scratch_), threads_);
      }
    }
    for (const int input : program_.inputs) tensors_[static_cast<std::size_t>(input)] = none_;
    return outputs_;
  }

  [[nodiscard]] std::size_t scratch_bytes() const { return scratch_bytes_; }

 private:
  void take(std::span<const Tensor> inputs) {
    if (inputs.size() != program_.inputs.size()) {
      throw Error(fmt::format("plan: {} inputs for {}", inputs.size(), program_.inputs.size()));
    }
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      const auto number = static_cast<std::size_t>(program_.inputs[k]);
      const Buffer& buffer = program_.buffers[number];
      if (inputs[k].shape() != buffer.shape || inputs[k].dtype() != buffer.dtype) {
        throw Error(fmt::format("plan: input '{}' has shape {} {}, not {} {}", buffer.name,
                                engine::to_text(inputs[k].shape()), name_of(inputs[k].dtype()),
                                engine::to_text(buffer.shape), name_of(buffer.dtype)));
      }
    }
    // Not before all are known to fit. What lies in the plan's own memory would be overwritten before it is read.
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      const auto number = static_cast<std::size_t>(program_.inputs[k]);
      tensors_[number] = inputs[k].is_contiguous() && !is_ours(inputs[k]) ? inputs[k] : inputs[k].copy();
      memory_[number] = address_of(tensors_[number]);
    }
  }

  [[nodiscard]] bool is_ours(const Tensor& contiguous) const {
    const std::less<> before;
    const std::byte* const begin = address_of(contiguous);
    const std::byte* const end = begin + static_cast<std::size_t>(contiguous.size()) * size_of(contiguous.dtype());
    return std::ranges::any_of(arenas_, [&](const Tensor& arena) {
      const std::byte* const ours = address_of(arena);
      const std::byte* const ours_end = ours + static_cast<std::size_t>(arena.size()) * size_of(arena.dtype());
      return before(begin, ours_end) && before(ours, end);
    });
  }

  void run_call(const Call& call) {
    std::vector<Tensor> operands;
    for (std::size_t k = 0; k < call.operands.size(); ++k) {
      const Tensor& memory = tensors_[static_cast<std::size_t>(call.operands[k].buffer)];
      operands.push_back(memory.view(call.shapes[k], call.operands[k].strides));
    }
    const Tensor result = call.op->forward(operands, call.attributes).contiguous();
    const std::size_t bytes = static_cast<std::size_t>(result.size()) * size_of(result.dtype());
    if (bytes > 0) std::memcpy(memory_[static_cast<std::size_t>(call.buffer)], address_of(result), bytes);
  }

  const LoopProgram& program_;
  int threads_;
  std::vector<Tensor> arenas_;      // by dtype
  std::vector<Tensor> tensors_;     // by buffer; of inputs, while a run lasts
  std::vector<std::byte*> memory_;  // by buffer
  std::vector<Tensor> outputs_;
  std::vector<LoopInterpreter> loops_;
  std::size_t scratch_bytes_ = 0;
  Tensor scratch_;
  Tensor none_;
};

Plan::Plan(const Tape& tape, std::span<const NodeId> inputs, std::span<const NodeId> outputs, int threads)
    : program_(std::make_unique<LoopProgram>(schedule(tape, inputs, outputs))),
      machine_(std::make_unique<Machine>(tape, *program_, threads)) {}

Plan::~Plan() = default;
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;

std::span<const Tensor> Plan::run(std::span<const Tensor> inputs) { return machine_->run(inputs); }

std::size_t Plan::scratch_bytes() const { return machine_->scratch_bytes(); }

std::string to_text(const Plan& plan) {
  return to_text(plan.program()) + fmt::format("scratch memory {} bytes\n", plan.scratch_bytes());
}

}  // namespace chalktape::engine
