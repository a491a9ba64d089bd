"""The part of TensorFlow Lite's schema that edgeopt reads, and the operators' names.

Source: tensorflow/compiler/mlir/lite/schema/schema.fbs. Field order is slot order; `_` is a field that is not read,
`table` one whose position is kept. In parentheses behind an options table: its number in the union BuiltinOptions,
and the operators that have it. Operators that are not named have no options, or none that edgeopt reads.
"""

from edgeopt.schema.flatbuffer import Schema

SCHEMA = Schema.parse("""
enum TensorType {
  FLOAT32, FLOAT16, INT32, UINT8, INT64, STRING, BOOL, INT16, COMPLEX64, INT8, FLOAT64, COMPLEX128, UINT64, RESOURCE,
  VARIANT, UINT32, UINT16, INT4, BFLOAT16, INT2, UINT4, FLOAT8_E4M3FN, FLOAT8_E5M2
}
enum Padding { SAME, VALID }
enum Activation { NONE, RELU, RELU_N1_TO_1, RELU6, TANH, SIGN_BIT }
enum WeightsFormat { DEFAULT, SHUFFLED4x16INT8 }
enum MirrorPadMode { REFLECT, SYMMETRIC }
enum LSTMKernelType { FULL, BASIC }

table Model {
  version:uint; operator_codes:[OperatorCode]; subgraphs:[SubGraph]; description:_; buffers:[Buffer];
  metadata_buffer:_; metadata:[Metadata];
}
table Metadata { name:string; buffer:uint; }
table OperatorCode { deprecated_builtin_code:byte; custom_code:string; version:int = 1; builtin_code:int; }
table SubGraph { tensors:[Tensor]; inputs:[int]; outputs:[int]; operators:[Operator]; name:string; }
table Operator {
  opcode_index:uint; inputs:[int]; outputs:[int]; builtin_options_type:ubyte; builtin_options:table;
  custom_options:[ubyte]; custom_options_format:_; mutating_variable_inputs:_; intermediates:_;
  large_custom_options_offset:ulong; large_custom_options_size:ulong;
}
table Tensor {
  shape:[int]; type:TensorType; buffer:uint; name:string; quantization:Quantization; is_variable:bool; sparsity:table;
  shape_signature:[int]; has_rank:bool; variant_tensors:table; external_buffer:uint;
}
table Quantization {
  min:_; max:_; scale:[float]; zero_point:[long]; details_type:ubyte; details:_; quantized_dimension:int;
}
table Buffer { data:[ubyte]; offset:ulong; size:ulong; }

table Conv2DOptions (1 CONV_2D) {
  padding:Padding; stride_w:int; stride_h:int; fused_activation_function:Activation;
  dilation_w_factor:int = 1; dilation_h_factor:int = 1; quantized_bias_type:TensorType;
}
table DepthwiseConv2DOptions (2 DEPTHWISE_CONV_2D) {
  padding:Padding; stride_w:int; stride_h:int; depth_multiplier:int; fused_activation_function:Activation;
  dilation_w_factor:int = 1; dilation_h_factor:int = 1;
}
table Pool2DOptions (5 AVERAGE_POOL_2D MAX_POOL_2D L2_POOL_2D) {
  padding:Padding; stride_w:int; stride_h:int; filter_width:int; filter_height:int;
  fused_activation_function:Activation;
}
table SVDFOptions (6 SVDF) {
  rank:int; fused_activation_function:Activation; asymmetric_quantize_inputs:bool;
}
table RNNOptions (7 RNN) { fused_activation_function:Activation; asymmetric_quantize_inputs:bool; }
table FullyConnectedOptions (8 FULLY_CONNECTED) {
  fused_activation_function:Activation; weights_format:WeightsFormat; keep_num_dims:bool;
  asymmetric_quantize_inputs:bool; quantized_bias_type:TensorType;
}
table SoftmaxOptions (9 SOFTMAX) { beta:float; }
table ConcatenationOptions (10 CONCATENATION) { axis:int; fused_activation_function:Activation; }
table AddOptions (11 ADD) { fused_activation_function:Activation; pot_scale_int16:bool = 1; }
table L2NormOptions (12 L2_NORMALIZATION) { fused_activation_function:Activation; }
table LocalResponseNormalizationOptions (13 LOCAL_RESPONSE_NORMALIZATION) {
  radius:int; bias:float; alpha:float; beta:float;
}
table LSTMOptions (14 LSTM) {
  fused_activation_function:Activation; cell_clip:float; proj_clip:float; kernel_type:LSTMKernelType;
  asymmetric_quantize_inputs:bool;
}
table ResizeBilinearOptions (15 RESIZE_BILINEAR) {
  new_height:_; new_width:_; align_corners:bool; half_pixel_centers:bool;
}
table ReshapeOptions (17 RESHAPE) { new_shape:[int]; }
table SpaceToDepthOptions (19 SPACE_TO_DEPTH) { block_size:int; }
table MulOptions (21 MUL) { fused_activation_function:Activation; }
table GatherOptions (23 GATHER) { axis:int; batch_dims:int; }
table ReducerOptions (27 MEAN SUM REDUCE_PROD REDUCE_MAX REDUCE_MIN REDUCE_ANY REDUCE_ALL) { keep_dims:bool; }
table SubOptions (28 SUB) { fused_activation_function:Activation; pot_scale_int16:bool = 1; }
table DivOptions (29 DIV) { fused_activation_function:Activation; }
table SqueezeOptions (30 SQUEEZE) { squeeze_dims:[int]; }
table SequenceRNNOptions (31 UNIDIRECTIONAL_SEQUENCE_RNN) {
  time_major:bool; fused_activation_function:Activation; asymmetric_quantize_inputs:bool;
}
table StridedSliceOptions (32 STRIDED_SLICE) {
  begin_mask:int; end_mask:int; ellipsis_mask:int; new_axis_mask:int; shrink_axis_mask:int; offset:bool;
}
table SplitOptions (35 SPLIT) { num_splits:int; }
table CastOptions (37 CAST) { in_data_type:TensorType; out_data_type:TensorType; }
table ArgMaxOptions (40 ARG_MAX) { output_type:TensorType; }
table TransposeConvOptions (49 TRANSPOSE_CONV) {
  padding:Padding; stride_w:int; stride_h:int; fused_activation_function:Activation; quantized_bias_type:TensorType;
}
table ShapeOptions (55 SHAPE) { out_type:TensorType; }
table ArgMinOptions (57 ARG_MIN) { output_type:TensorType; }
table PackOptions (59 PACK) { values_count:int; axis:int; }
table OneHotOptions (61 ONE_HOT) { axis:int; }
table UnpackOptions (64 UNPACK) { num:int; axis:int; }
table UnidirectionalSequenceLSTMOptions (71 UNIDIRECTIONAL_SEQUENCE_LSTM) {
  fused_activation_function:Activation; cell_clip:float; proj_clip:float; time_major:bool;
  asymmetric_quantize_inputs:bool; diagonal_recurrent_tensors:bool;
}
table ResizeNearestNeighborOptions (74 RESIZE_NEAREST_NEIGHBOR) { align_corners:bool; half_pixel_centers:bool; }
table LeakyReluOptions (75 LEAKY_RELU) { alpha:float; }
table MirrorPadOptions (77 MIRROR_PAD) { mode:MirrorPadMode; }
table SplitVOptions (79 SPLIT_V) { num_splits:int; }
table DepthToSpaceOptions (94 DEPTH_TO_SPACE) { block_size:int; }
table BatchMatMulOptions (101 BATCH_MATMUL) { adj_x:bool; adj_y:bool; asymmetric_quantize_inputs:bool; }
table CumsumOptions (102 CUMSUM) { exclusive:bool; reverse:bool; }
table CallOnceOptions (103 CALL_ONCE) { init_subgraph_index:int; }
table Conv3DOptions (106 CONV_3D CONV_3D_TRANSPOSE) {
  padding:Padding; stride_d:int; stride_w:int; stride_h:int; fused_activation_function:Activation;
  dilation_d_factor:int = 1; dilation_w_factor:int = 1; dilation_h_factor:int = 1;
}
table VarHandleOptions (111 VAR_HANDLE) { container:string; shared_name:string; }
table GeluOptions (116 GELU) { approximate:bool; }
""")

# operator -> (number in the union, name of the table)
OPTIONS_OF: dict[str, tuple[int, str]] = {
    operator: (int(note.split()[0]), table)
    for table, note in SCHEMA.notes.items()
    if note
    for operator in note.split()[1:]
}

CUSTOM = 32
PLACEHOLDER_FOR_GREATER_OP_CODES = 127

# BuiltinOperator, by number
OPERATORS: tuple[str, ...] = tuple(
    """
    ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR
    FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION
    LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH
    CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER
    BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE
    BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM
    ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE
    TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK
    LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD
    RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N
    GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE
    NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL
    PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS HASHTABLE
    HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE
    ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL GELU
    DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2
    UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT STABLEHLO_LOGISTIC STABLEHLO_ADD STABLEHLO_DIVIDE
    STABLEHLO_MULTIPLY STABLEHLO_MAXIMUM STABLEHLO_RESHAPE STABLEHLO_CLAMP STABLEHLO_CONCATENATE
    STABLEHLO_BROADCAST_IN_DIM STABLEHLO_CONVOLUTION STABLEHLO_SLICE STABLEHLO_CUSTOM_CALL STABLEHLO_REDUCE
    STABLEHLO_ABS STABLEHLO_AND STABLEHLO_COSINE STABLEHLO_EXPONENTIAL STABLEHLO_FLOOR STABLEHLO_LOG STABLEHLO_MINIMUM
    STABLEHLO_NEGATE STABLEHLO_OR STABLEHLO_POWER STABLEHLO_REMAINDER STABLEHLO_RSQRT STABLEHLO_SELECT
    STABLEHLO_SUBTRACT STABLEHLO_TANH STABLEHLO_SCATTER STABLEHLO_COMPARE STABLEHLO_CONVERT STABLEHLO_DYNAMIC_SLICE
    STABLEHLO_DYNAMIC_UPDATE_SLICE STABLEHLO_PAD STABLEHLO_IOTA STABLEHLO_DOT_GENERAL STABLEHLO_REDUCE_WINDOW
    STABLEHLO_SORT STABLEHLO_WHILE STABLEHLO_GATHER STABLEHLO_TRANSPOSE DILATE STABLEHLO_RNG_BIT_GENERATOR
    REDUCE_WINDOW STABLEHLO_COMPOSITE STABLEHLO_SHIFT_LEFT STABLEHLO_CBRT STABLEHLO_CASE
    """.split()
)
