//! The algebra of class mixes, and the ways to write one.

use dermdistill::ErrorKind;
use dermdistill::trust::{Prior, apply_prior};

use crate::tolerance::PROBABILITY;
use crate::{Numbers, all_close};

const P: [f64; 8] = [0.05, 0.1, 0.2, 0.05, 0.25, 0.3, 0.03, 0.02];
const PI: [f64; 8] = [0.03, 0.05, 0.15, 0.02, 0.15, 0.5, 0.05, 0.05];

#[test]
fn by_hand() {
    // 0.5/0.8 : 0.5/0.2 = 1 : 4 under equal shares; times 3 : 1 gives 3 : 4.
    assert!(all_close(&apply_prior(&[0.5, 0.5], &[0.8, 0.2], &Prior::Equal).unwrap(), &[0.2, 0.8], PROBABILITY));
    let mix = Prior::Mix(vec![0.75, 0.25]);
    assert!(all_close(&apply_prior(&[0.5, 0.5], &[0.8, 0.2], &mix).unwrap(), &[3.0 / 7.0, 4.0 / 7.0], PROBABILITY));
}

#[test]
fn training_is_the_identity_and_so_is_the_mix_itself() {
    assert_eq!(apply_prior(&P, &PI, &Prior::Training).unwrap(), P);
    assert!(all_close(&apply_prior(&P, &PI, &Prior::Mix(PI.to_vec())).unwrap(), &P, PROBABILITY));
    assert!(all_close(&apply_prior(&P, &[0.125; 8], &Prior::Equal).unwrap(), &P, PROBABILITY));
}

#[test]
fn moves_normalise_compose_and_turn_back() {
    let mut numbers = Numbers(1);
    for _ in 0..100 {
        let (p, pi, mix, third) = (numbers.row(8), numbers.row(8), numbers.row(8), numbers.row(8));
        let moved = apply_prior(&p, &pi, &Prior::Mix(mix.clone())).unwrap();
        assert!((moved.iter().sum::<f64>() - 1.0).abs() < PROBABILITY);
        assert!(all_close(&apply_prior(&moved, &mix, &Prior::Mix(pi.clone())).unwrap(), &p, PROBABILITY));
        let direct = apply_prior(&p, &pi, &Prior::Mix(third.clone())).unwrap();
        assert!(all_close(&apply_prior(&moved, &mix, &Prior::Mix(third)).unwrap(), &direct, PROBABILITY));
    }
}

#[test]
fn only_proportions_count_and_a_zero_rules_a_class_out() {
    let counts = Prior::Mix(vec![3.0, 5.0, 15.0, 2.0, 15.0, 50.0, 5.0, 5.0]);
    assert!(all_close(&apply_prior(&P, &PI, &counts).unwrap(), &P, PROBABILITY));
    let mut without_naevi = vec![1.0; 8];
    without_naevi[5] = 0.0;
    let moved = apply_prior(&P, &PI, &Prior::Mix(without_naevi)).unwrap();
    assert_eq!(moved[5], 0.0);
    assert!((moved.iter().sum::<f64>() - 1.0).abs() < PROBABILITY);
}

#[test]
fn what_is_out_of_range_is_refused() {
    let kind = |p: &[f64], pi: &[f64], prior: &Prior| apply_prior(p, pi, prior).unwrap_err().kind();
    assert_eq!(kind(&[0.5, 0.5], &[1.0], &Prior::Equal), ErrorKind::Argument);
    assert_eq!(kind(&[0.5, 0.5], &[1.0, 0.0], &Prior::Training), ErrorKind::Argument);
    assert_eq!(kind(&[0.5, 0.5], &[0.5, f64::NAN], &Prior::Equal), ErrorKind::Argument);
    assert_eq!(kind(&[0.5, f64::NAN], &[0.5, 0.5], &Prior::Training), ErrorKind::NotFinite);
    for mix in [vec![1.0], vec![1.0, -1.0], vec![0.0, 0.0], vec![1.0, f64::INFINITY], vec![1.0, f64::NAN]] {
        assert_eq!(kind(&[0.5, 0.5], &[0.5, 0.5], &Prior::Mix(mix)), ErrorKind::Argument);
    }
    // All probability lies on the one class that the prior rules out.
    assert_eq!(kind(&[1.0, 0.0], &[0.5, 0.5], &Prior::Mix(vec![0.0, 1.0])), ErrorKind::Argument);
}

#[test]
fn every_spelling_of_a_mix_is_read() {
    assert_eq!(Prior::parse("training").unwrap(), Prior::Training);
    assert_eq!(Prior::parse(" equal\n").unwrap(), Prior::Equal);
    let mix = Prior::Mix(vec![1.0, 2.0, 3.0, 4.0, 5.5, 6.0, 7.0, 0.0]);
    for text in [
        "1,2,3,4,5.5,6,7,0",
        "1 2 3 4\t5.5 6 7 0\n",
        "1; 2; 3; 4; 5.5; 6; 7; 0",
        "[1, 2, 3, 4, 5.5, 6, 7, 0]",
        r#"{"VASC": 0, "AK": 1, "BCC": 2, "BKL": 3, "DF": 4, "MEL": 5.5, "NV": 6, "SCC": 7}"#,
        "MEL,NV,BCC,AK,BKL,DF,VASC,SCC\r\n5.5,6,2,1,3,4,0,7\r\n",
        "AK,1\nBCC,2\nBKL,3\nDF,4\nMEL,5.5\nNV,6\nSCC,7\nVASC,0\n",
    ] {
        assert_eq!(Prior::parse(text).unwrap(), mix, "{text}");
    }
}

#[test]
fn every_other_text_is_refused_with_the_forms() {
    for text in [
        "",
        "Equal",
        "1 2 3 4 5 6 7",
        "1 2 3 4 5 6 7 8 9",
        "1 2 3 4 5 6 7 x",
        "-1 2 3 4 5 6 7 8",
        "0 0 0 0 0 0 0 0",
        "1 2 3 4 5 6 7 NaN",
        "1 2 3 4 5 6 7 inf",
        "[1, 2, 3]",
        "[1, 2, 3, 4, 5, 6, 7, \"8\"]",
        "[1, 2, 3, 4, 5, 6, 7, 8",
        "{\"AK\": 1}",
        "AK,BCC,BKL,DF,MEL,NV,SCC,XXX\n1,1,1,1,1,1,1,1",
        "AK,BCC,BKL,DF,MEL,NV,SCC,SCC\n1,1,1,1,1,1,1,1",
        "AK,BCC,BKL,DF,MEL,NV,SCC,VASC\n1,1,1,1,1,1,1",
        "AK,1\nBCC,2\nBKL,3\nDF,4\nMEL,5.5\nNV,6\nSCC,7\nVASC,0\nUNK,1\n",
    ] {
        let error = Prior::parse(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{text}");
        assert!(error.hint().contains("AK BCC BKL DF MEL NV SCC VASC"), "{error}");
    }
}
