//! A column as codes into its different values, each as the text that a person would write.

use std::hash::Hash;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_schema::{DataType, TimeUnit};
use rustc_hash::FxHashMap;

/// The code of nothing.
pub(crate) const NULL: u32 = u32::MAX;

/// For each row the position of its value; the values in order of first appearance.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    pub codes: Vec<u32>,
    pub texts: Vec<String>,
}

/// The different values of a column, as text.
///
/// A binary number is taken as the shortest decimal that means it: whoever wrote `2.9` gets `2.9` back, so that it lands
/// on its own side of a threshold. That is exact for numbers of up to 15 digits.
///
/// # Errors
/// A kind of column that holds no values of facts, by name.
pub(crate) fn texts(array: &ArrayRef) -> Result<Codes, String> {
    match array.data_type() {
        DataType::Utf8 => Ok(words(array.as_string::<i32>().iter())),
        DataType::LargeUtf8 => Ok(words(array.as_string::<i64>().iter())),
        DataType::Utf8View => Ok(words(array.as_string_view().iter())),
        DataType::Dictionary(..) => dictionary(array),
        DataType::Boolean => {
            let values = array.as_boolean().iter().map(|v| v.map(|v| if v { "yes" } else { "no" }));
            Ok(words(values))
        }
        DataType::Int8 => Ok(whole::<Int8Type>(array)),
        DataType::Int16 => Ok(whole::<Int16Type>(array)),
        DataType::Int32 => Ok(whole::<Int32Type>(array)),
        DataType::Int64 => Ok(whole::<Int64Type>(array)),
        DataType::UInt8 => Ok(whole::<UInt8Type>(array)),
        DataType::UInt16 => Ok(whole::<UInt16Type>(array)),
        DataType::UInt32 => Ok(whole::<UInt32Type>(array)),
        DataType::UInt64 => Ok(whole::<UInt64Type>(array)),
        DataType::Float32 => {
            // Not a number is no value.
            Ok(of(array.as_primitive::<Float32Type>(), |v| v.to_bits(), |v| number(v.is_finite(), v)))
        }
        DataType::Float64 => {
            Ok(of(array.as_primitive::<Float64Type>(), |v| v.to_bits(), |v| number(v.is_finite(), v)))
        }
        DataType::Decimal128(..) => {
            let decimals = array.as_primitive::<Decimal128Type>();
            let scale = decimals.scale();
            Ok(of(decimals, |v| v, |v| Some(decimal(v, scale))))
        }
        DataType::Date32 => Ok(of(array.as_primitive::<Date32Type>(), |v| v, |v| day(i64::from(v)))),
        DataType::Timestamp(unit, _) => {
            let per_day: i64 = 86_400
                * match unit {
                    TimeUnit::Second => 1,
                    TimeUnit::Millisecond => 1_000,
                    TimeUnit::Microsecond => 1_000_000,
                    TimeUnit::Nanosecond => 1_000_000_000,
                };
            Ok(instants(array, *unit, per_day))
        }
        DataType::Null => Ok(Codes { codes: vec![NULL; array.len()], texts: Vec::new() }),
        other => Err(format!("a column of type {other} holds no values of facts")),
    }
}

fn number(finite: bool, value: impl ToString) -> Option<String> {
    finite.then(|| value.to_string())
}

fn day(days: i64) -> Option<String> {
    let start = jiff::civil::date(1970, 1, 1);
    let span = jiff::Span::new().try_days(days).ok()?;
    Some(start.checked_add(span).ok()?.to_string())
}

fn decimal(value: i128, scale: i8) -> String {
    let digits = value.unsigned_abs().to_string();
    let sign = if value < 0 { "-" } else { "" };
    let Ok(scale) = usize::try_from(scale) else {
        return format!("{sign}{digits}{}", "0".repeat(usize::from(scale.unsigned_abs())));
    };
    if scale == 0 {
        return format!("{sign}{digits}");
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (before, after) = padded.split_at(padded.len() - scale);
    format!("{sign}{before}.{after}")
}

fn instants(array: &ArrayRef, unit: TimeUnit, per_day: i64) -> Codes {
    use arrow_array::types::{
        TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    };
    fn days<T: ArrowPrimitiveType<Native = i64>>(array: &ArrayRef, per_day: i64) -> Codes {
        of(array.as_primitive::<T>(), |v| v.div_euclid(per_day), |v| day(v.div_euclid(per_day)))
    }
    match unit {
        TimeUnit::Second => days::<TimestampSecondType>(array, per_day),
        TimeUnit::Millisecond => days::<TimestampMillisecondType>(array, per_day),
        TimeUnit::Microsecond => days::<TimestampMicrosecondType>(array, per_day),
        TimeUnit::Nanosecond => days::<TimestampNanosecondType>(array, per_day),
    }
}

fn whole<T: ArrowPrimitiveType>(array: &ArrayRef) -> Codes
where
    T::Native: Eq + Hash + ToString,
{
    of(array.as_primitive::<T>(), |v| v, |v| Some(v.to_string()))
}

fn of<T: ArrowPrimitiveType, K: Eq + Hash>(
    array: &PrimitiveArray<T>,
    key: impl Fn(T::Native) -> K,
    text: impl Fn(T::Native) -> Option<String>,
) -> Codes {
    let mut found: FxHashMap<K, u32> = FxHashMap::default();
    let mut all = Codes { codes: Vec::with_capacity(array.len()), texts: Vec::new() };
    let nulls = array.nulls();
    for (row, value) in array.values().iter().enumerate() {
        if nulls.is_some_and(|n| n.is_null(row)) {
            all.codes.push(NULL);
            continue;
        }
        let texts = &mut all.texts;
        let code = *found.entry(key(*value)).or_insert_with(|| match text(*value) {
            Some(text) => {
                texts.push(text);
                (texts.len() - 1) as u32
            }
            None => NULL,
        });
        all.codes.push(code);
    }
    all
}

fn words<'a>(values: impl Iterator<Item = Option<&'a str>>) -> Codes {
    let mut found: FxHashMap<&'a str, u32> = FxHashMap::default();
    let mut all = Codes::default();
    for value in values {
        let code = match value {
            None => NULL,
            Some(text) => *found.entry(text).or_insert_with(|| {
                all.texts.push(text.to_string());
                (all.texts.len() - 1) as u32
            }),
        };
        all.codes.push(code);
    }
    all
}

/// Keys point at values; values that no row has are left out.
fn dictionary(array: &ArrayRef) -> Result<Codes, String> {
    let dictionary = array.as_any_dictionary();
    let values = texts(dictionary.values())?;
    if values.codes.is_empty() {
        // Without any value, every key is nothing.
        return Ok(Codes { codes: vec![NULL; dictionary.keys().len()], texts: Vec::new() });
    }
    let keys = dictionary.normalized_keys();
    let mut renamed = vec![NULL; values.texts.len()];
    let mut all = Codes { codes: Vec::with_capacity(keys.len()), texts: Vec::new() };
    for (row, key) in keys.into_iter().enumerate() {
        let value = if dictionary.keys().is_null(row) { NULL } else { values.codes[key] };
        if value == NULL {
            all.codes.push(NULL);
            continue;
        }
        let renamed = &mut renamed[value as usize];
        if *renamed == NULL {
            *renamed = all.texts.len() as u32;
            all.texts.push(values.texts[value as usize].clone());
        }
        all.codes.push(*renamed);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, StringArray};

    use super::*;

    fn check(array: ArrayRef, expect: &[Option<&str>]) {
        let found = texts(&array).expect("a column of values");
        let shown: Vec<Option<&str>> = found
            .codes
            .iter()
            .map(|code| (*code != NULL).then(|| found.texts[*code as usize].as_str()))
            .collect();
        assert_eq!(shown, expect);
    }

    #[test]
    fn values_are_what_a_person_would_write() {
        check(
            Arc::new(Float64Array::from(vec![Some(2.9), None, Some(20.0), Some(f64::NAN), Some(2.9)])),
            &[Some("2.9"), None, Some("20"), None, Some("2.9")],
        );
        check(Arc::new(Float32Array::from(vec![2.9f32, 0.1])), &[Some("2.9"), Some("0.1")]);
        check(
            Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])),
            &[Some("yes"), Some("no"), None],
        );
        check(Arc::new(Date32Array::from(vec![19_000])), &[Some("2022-01-08")]);
        let decimals = Decimal128Array::from(vec![290, -5]).with_precision_and_scale(10, 2).expect("it fits");
        check(Arc::new(decimals), &[Some("2.90"), Some("-0.05")]);
        check(
            Arc::new(StringArray::from(vec![Some("ileum"), None, Some("ileum")])),
            &[Some("ileum"), None, Some("ileum")],
        );
        let keys = arrow_array::UInt16Array::from(vec![Some(1), None, Some(1), Some(0)]);
        let words = StringArray::from(vec!["G1", "G2"]);
        let coded =
            arrow_array::DictionaryArray::try_new(keys, Arc::new(words) as ArrayRef).expect("keys fit");
        check(Arc::new(coded), &[Some("G2"), None, Some("G2"), Some("G1")]);
        let keys = arrow_array::UInt16Array::from(vec![None, None]);
        let none = Arc::new(StringArray::from(Vec::<&str>::new()));
        let coded = arrow_array::DictionaryArray::try_new(keys, none as ArrayRef).expect("keys fit");
        check(Arc::new(coded), &[None, None]);
    }
}
